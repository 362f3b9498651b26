// The conditions of units (systemd.unit(5)).
import type { Machine } from '../machine.ts'
import type { UnitFile } from './unit-file.ts'

type Test = (machine: Machine, path: string) => boolean

const tests: Readonly<Record<string, Test>> = {
  ConditionPathExists: (machine, path) => machine.files().find(path) !== undefined,
  ConditionPathIsDirectory: (machine, path) => machine.files().find(path)?.inode.kind === 'directory',
  ConditionPathIsSymbolicLink: (machine, path) => machine.files().find(path, false)?.inode.kind === 'link',
  ConditionPathIsMountPoint: (machine, path) => machine.namespace.mountedAt(path) !== undefined,
  ConditionDirectoryNotEmpty: (machine, path) =>
    machine.files().find(path)?.inode.kind === 'directory' && !machine.isEmpty(path),
  ConditionFileNotEmpty: (machine, path) => (machine.readFile(path)?.length ?? 0) > 0,
}

/** The first condition that is not met, as written: `ConditionPathExists=/run/go`. One that isn't known here counts as met. */
export function unmetCondition(machine: Machine, unit: UnitFile): string | undefined {
  const conditions = [...unit.values].flatMap(([key, values]) =>
    key.startsWith('Unit.Condition') ? values.map((value) => ({ name: key.slice('Unit.'.length), value })) : [],
  )
  const holds = ({ name, value }: { name: string; value: string }): boolean => {
    const plain = value.replace(/^\|/, '')
    const negated = plain.startsWith('!')
    const test = tests[name]
    return test === undefined || test(machine, plain.replace(/^!/, '')) !== negated
  }
  const triggering = conditions.filter(({ value }) => value.startsWith('|'))
  const unmet =
    conditions.find((each) => !each.value.startsWith('|') && !holds(each)) ??
    (triggering.length > 0 && !triggering.some(holds) ? triggering[0] : undefined)
  return unmet === undefined ? undefined : `${unmet.name}=${unmet.value}`
}
