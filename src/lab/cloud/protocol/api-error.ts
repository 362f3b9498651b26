/** An error as EC2 or STS answers it: a code that programs compare, words for people, an HTTP status. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
  }
}

/** EC2 calls parameters by their lower-case names in its messages: "The request must contain the parameter zone". */
export function missingParameter(name: string): ApiError {
  return new ApiError('MissingParameter', `The request must contain the parameter ${name}`)
}

export function invalidValue(name: string, value: string, why: string): ApiError {
  return new ApiError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid. ${why}`)
}
