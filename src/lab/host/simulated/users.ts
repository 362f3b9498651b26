// Who the host knows: the same users and ids as in the VM's image, for the pool's files carry their numbers.

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
  /** Logs in with the lab's key. */
  readonly logsIn: boolean
  /** May become root by sudo without a password. */
  readonly sudo: boolean
}

const person = (name: string, id: number, more: Partial<User> = {}): User => ({
  name,
  uid: id,
  gid: id,
  home: `/home/${name}`,
  shell: '/bin/bash',
  logsIn: false,
  sudo: false,
  ...more,
})

export const root: User = person('root', 0, { home: '/root', logsIn: true })

export const users: readonly User[] = [
  root,
  person('daemon', 1, { home: '/usr/sbin', shell: '/usr/sbin/nologin' }),
  person('nobody', 65534, { home: '/nonexistent', shell: '/usr/sbin/nologin' }),
  person('chat', 950, { home: '/nonexistent', shell: '/usr/sbin/nologin' }),
  person('admin', 1000, { logsIn: true, sudo: true }),
  person('limited', 1001, { logsIn: true }),
  person('alice', 1002),
  person('bob', 1003),
]

const groupName = ({ name }: User): string => (name === 'nobody' ? 'nogroup' : name)

export const passwd = users
  .map(({ name, uid, gid, home, shell }) => `${name}:x:${uid}:${gid}::${home}:${shell}\n`)
  .join('')

export const group = users.map((user) => `${groupName(user)}:x:${user.gid}:\n`).join('')

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly shell: string
  /** The whole line. */
  readonly line: string
}

/** The lines of /etc/passwd as it is now. */
export const accountsIn = (text: string): Account[] =>
  text.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home = '/', shell = '/bin/sh'] = line.split(':')
    return name === undefined || uid === undefined || gid === undefined
      ? []
      : [{ name, uid: Number(uid), gid: Number(gid), home, shell, line }]
  })

/** The lines of /etc/group as it is now. */
export const groupsIn = (
  text: string,
): { readonly name: string; readonly gid: number; readonly members: string[]; readonly line: string }[] =>
  text.split('\n').flatMap((line) => {
    const [name, , gid, members = ''] = line.split(':')
    return name === undefined || gid === undefined
      ? []
      : [{ name, gid: Number(gid), members: members.split(',').filter((each) => each !== ''), line }]
  })
