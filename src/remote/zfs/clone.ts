// Clones that take the place of what they were cloned from: zfs-clone(8), zfs-promote(8), zfs-rename(8).
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { rows } from '../table.ts'
import { fullName, type SnapshotRef } from './dataset.ts'

export interface Property {
  readonly property: string
  readonly value: string
}

/** What is set on the dataset itself, by hand or by `zfs receive`: clones inherit none of it. By dataset. */
export const ownProperties = (names: readonly string[]): ShellCommand<Map<string, Property[]>> =>
  readLine(
    "xargs -d '\\n' -r zfs get -Hp -s local,received -o name,property,value all",
    ({ stdout }) => {
      const found = new Map<string, Property[]>(names.map((name) => [name, []]))
      for (const { name, property, value } of rows(stdout, ['name', 'property', 'value']))
        found.get(name)?.push({ property, value })
      return found
    },
    { stdin: names.map((name) => `${name}\n`).join('') },
  )

const options = (properties: readonly Property[]) =>
  raw(properties.map(({ property, value }) => sh`-o ${`${property}=${value}`}`).join(' '))

/** Makes a clone that nothing mounts by itself. A volume's clone can't be mounted anyway. */
export const cloneSnapshot = (
  { type, ...ref }: SnapshotRef & { readonly type: 'filesystem' | 'volume' },
  clone: string,
  properties: readonly Property[],
): ShellCommand<string> =>
  changeLine(
    sh`zfs clone ${options([...(type === 'volume' ? [] : [{ property: 'canmount', value: 'noauto' }]), ...properties])} ${fullName(ref)} ${clone}`,
  )

/** The clone becomes the owner of its snapshots, and what it was cloned from becomes a clone of it. Destroys nothing. */
export const promoteClone = (clone: string): ShellCommand<string> => changeLine(sh`zfs promote ${clone}`)

/** Renames a dataset with all below it, and leaves its mounts as they are. Volumes know no `-u`. */
export const renameDataset = (from: string, to: string, type: 'filesystem' | 'volume'): ShellCommand<string> =>
  changeLine(sh`zfs rename ${type === 'volume' ? undefined : raw('-u')} ${from} ${to}`)

/** Sets properties; a value of null is inherited again. */
export const setProperties = (
  name: string,
  properties: readonly { readonly property: string; readonly value: string | null }[],
): ShellCommand<string> => {
  const set = properties.filter((each) => each.value !== null).map(({ property, value }) => `${property}=${value}`)
  const inherited = properties.filter((each) => each.value === null).map((each) => each.property)
  return changeLine(
    [
      ...(set.length === 0 ? [] : [sh`zfs set ${set} ${name}`]),
      ...inherited.map((property) => sh`zfs inherit ${property} ${name}`),
    ].join(' && '),
  )
}

/** Destroys a clone that only this run has made, without what is below it. */
export const destroyClone = (clone: string): ShellCommand<string> => ({
  ...changeLine(sh`zfs destroy ${clone}`),
  destroys: [clone],
})
