import { LifeboatError } from '../../../text/errors.ts'

/** The lab's virtual machine does not do what it was asked. */
export class VmError extends LifeboatError {}
