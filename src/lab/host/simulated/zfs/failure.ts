// How a command ends that does not do what it was asked, and what it prints.

/** Ends a command with this on stderr. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

/** A command line that ZFS doesn't understand: exit code 2. */
export const misused = (message: string, usage: string): Failure =>
  new Failure(
    `${message}\nusage:\n\t${usage}\n\nFor the property list, run: zfs set|get\n\nFor the delegated permission list, run: zfs allow|unallow\n`,
    2,
  )

/** What ZFS can do, and this lab can't. */
export const notInThisLab = (what: string): Failure => new Failure(`${what}: not in this lab`)

/** What a command prints while it is at work. */
export class Out {
  stdout = ''
  stderr = ''
  exitCode = 0

  print(line: string): void {
    this.stdout += `${line}\n`
  }

  /** It failed with this, and goes on with the next. */
  fail(line: string, exitCode = 1): void {
    this.stderr += `${line}\n`
    this.exitCode = exitCode
  }

  /** Does one of several things: where it fails, the others are still done. */
  attempt(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.fail(error.message.replace(/\n$/, ''), error.exitCode)
      return false
    }
  }
}
