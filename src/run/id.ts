import { randomBytes, randomUUID } from 'node:crypto'

/** A run's name: sorts by time, and is safe in unit names, tags and paths. */
export const newRunId = (now: Date): string => {
  const digits = now.toISOString().replaceAll(/\D/g, '')
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(2).toString('hex')}`
}

export const newUuid = (): string => randomUUID()
