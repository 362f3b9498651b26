import { PreflightError, type Next } from '../text/errors.ts'

/** Refuses before anything was changed. @throws PreflightError, always */
export const refuse = (code: string, message: string, next: readonly Next[] = []): never => {
  throw new PreflightError({ code, message, notChanged: ['nothing was changed'], next })
}
