// Owners that the host does not know, as on a fresh root disk: nothing would be readable to the service that it is for.
import { strangers, unknownUsers } from '../remote/linux/users.ts'
import { oneLine } from '../text/display.ts'
import type { Finding, Run } from './step.ts'

const warn = (message: string): Finding => ({ level: 'warn', message })

/** Users and groups that the services are to run as, and that the host does not have. */
export async function missingUsers(run: Run): Promise<Finding[]> {
  const missing = await run.do(unknownUsers(run.host.services))
  return missing.map(({ unit, kind, name }) =>
    warn(`${unit} is to run as the ${kind} ${oneLine(name)}, whom the host does not have: it will not start`),
  )
}

/** Owners of restored files who have no name on the host. */
export async function missingOwners(run: Run, mounts: readonly { readonly mountpoint: string }[]): Promise<Finding[]> {
  if (mounts.length === 0) return []
  const found = await run.do(strangers(mounts.map((each) => each.mountpoint)))
  return found.map(({ kind, id, example }) =>
    warn(
      `the host has no ${kind === 'uid' ? 'user' : 'group'} with the ${kind} ${id}, who owns files such as ${oneLine(example)}`,
    ),
  )
}
