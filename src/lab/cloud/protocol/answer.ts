import type { Service } from './access.ts'
import type { ApiError } from './api-error.ts'
import { xmlDocument } from './xml.ts'
import type { XmlElements } from './xml.ts'

const ec2Namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/'
const namespaces = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
}

/** The document of a call that succeeded. IAM and STS wrap their result once more; EC2 doesn't. */
export function answerDocument(service: Service, action: string, result: XmlElements, requestId: string): string {
  if (service === 'ec2') {
    return xmlDocument({ [`${action}Response`]: { '@xmlns': ec2Namespace, requestId, ...result } })
  }
  return xmlDocument({
    [`${action}Response`]: {
      '@xmlns': namespaces[service],
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: requestId },
    },
  })
}

/** The document of a call that failed. EC2's is older than the others: no namespace, `Errors` and `RequestID`. */
export function errorDocument(service: Service, error: ApiError, requestId: string): string {
  const { code, message, status } = error
  if (service === 'ec2') {
    return xmlDocument({
      Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
    })
  }
  return xmlDocument({
    ErrorResponse: {
      '@xmlns': namespaces[service],
      Error: { Type: status >= 500 ? 'Receiver' : 'Sender', Code: code, Message: message },
      RequestId: requestId,
    },
  })
}
