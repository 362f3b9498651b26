// Rolling a whole tree back with one channel program (zfs-program(8)): it checks everything first, and only then
// destroys and rolls back, all of it in one transaction group.
import { z } from 'zod'
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import type { SnapshotRef } from './dataset.ts'

/** One dataset's rollback: its target, and exactly the snapshots that go, newest first. */
export interface Rollback extends SnapshotRef {
  readonly destroys: readonly string[]
}

/** What a rollback destroys, by full name: its newer snapshots, and the dataset's head. */
export const lost = (one: Rollback): string[] => [...one.destroys.map((name) => `${one.dataset}@${name}`), one.dataset]

export type ProgramResult =
  | { readonly state: 'rolled-back' }
  /** Nothing was changed. Each blocker is a snapshot or a dataset, with the errno that its check gave. */
  | { readonly state: 'blocked'; readonly blockers: readonly { readonly name: string; readonly errno: number }[] }
  /** Destroys went through, and then an operation failed although its check had passed. */
  | { readonly state: 'broken'; readonly at: string; readonly errno: number }

/**
 * More snapshots than a program is given at once. Its text is read within the memory that a program may have, 100 MiB:
 * OpenZFS 2.1 takes one of 600,000 names of 30 characters in it.
 */
export const mostInOneProgram = 300_000

/**
 * The bytes that have to be available in a pool for a program that rolls so many datasets back. ZFS wants three blocks of
 * 16 KiB for each (zcp_synctask_wrapper); it counts those of the checks too, and gives none back. Half of what it keeps
 * free for itself may be used for it, which is at least 64 MiB in a pool that isn't tiny (spa_get_slop_space).
 */
export const roomForProgram = (datasets: number): number => Math.max(0, datasets * 2 * 3 * 16_384 - 32 * 1024 ** 2)

// Two thousand destroys and a thousand rollbacks take an emulated host minutes, and to be impatient would leave it at work
// alone.
const programMs = 3_600_000

/** Lua's own short-string form; names of datasets can't hold what would need more (zfs(8)), others are refused. */
function lua(text: string): string {
  if (!/^[\w @:./%#+=,-]*$/u.test(text))
    throw new TypeError(`not a name of a dataset or snapshot: ${JSON.stringify(text)}`)
  return `"${text}"`
}

// A program isn't a transaction by itself: what was destroyed before an error stays destroyed. Hence two passes.
// errno 16 EBUSY: held, read, or mounted · 17 EEXIST: has a clone, or newer bookmarks · 2 ENOENT: gone · 28 ENOSPC: no
// room for the refreservation · 122 EDQUOT: beyond the refquota. The last is checked for the newest snapshot only, which
// is not yet the target (dsl_dataset_rollback_check): so it is looked up for the target itself. Room that is enough for
// the checks of all may not be enough for their rollbacks: that is looked up too. Which snapshot of a dataset is the newest
// is known at once (zfs(8) doesn't tell of `prevsnap`; zfs_prop.c does): all of them are looked at, which takes minutes
// where there are a hundred thousand, only where that is another one than was confirmed.
const body = `
local blocked = {}
local count = 0
local function block(name, errno)
  blocked[name] = errno
  count = count + 1
end
for _, one in ipairs(trees) do
  local target = one.dataset .. "@" .. one.target
  -- Of two values the first.
  local newest = (zfs.get_prop(one.dataset, "prevsnap"))
  if newest ~= one.dataset .. "@" .. (one.destroys[1] or one.target) then
    local expected = {}
    for _, name in ipairs(one.destroys) do expected[one.dataset .. "@" .. name] = true end
    local targetTxg = zfs.get_prop(target, "createtxg")
    for snapshot in zfs.list.snapshots(one.dataset) do
      if zfs.get_prop(snapshot, "createtxg") > targetTxg then
        if not expected[snapshot] then block(snapshot, 17) end
        expected[snapshot] = nil
      end
    end
    for name, _ in pairs(expected) do block(name, 2) end
  end
  for _, name in ipairs(one.destroys) do
    local errno = zfs.check.destroy(one.dataset .. "@" .. name)
    if errno ~= 0 then block(one.dataset .. "@" .. name, errno) end
  end
  local quota = zfs.get_prop(one.dataset, "refquota")
  local errno = zfs.check.rollback(one.dataset)
  if errno == 122 then errno = 0 end
  if quota and quota > 0 and zfs.get_prop(target, "referenced") > quota then errno = 122 end
  if errno ~= 0 then block(one.dataset, errno) end
end
if zfs.get_prop(pool, "available") < room then block(pool, 28) end
if count > 0 then return { blocked = blocked } end
for _, one in ipairs(trees) do
  for _, name in ipairs(one.destroys) do
    local errno = zfs.sync.destroy(one.dataset .. "@" .. name)
    if errno ~= 0 then return { broken = one.dataset .. "@" .. name, errno = errno } end
  end
  local errno = zfs.sync.rollback(one.dataset)
  if errno ~= 0 then return { broken = one.dataset, errno = errno } end
end
return { done = 1 }
`

/** The program's text for these rollbacks, children before parents as given. */
export function rollbackProgram(pool: string, rollbacks: readonly Rollback[]): string {
  const trees = rollbacks.map(
    (one) =>
      `  { dataset = ${lua(one.dataset)}, target = ${lua(one.snapshot)}, destroys = { ${one.destroys.map(lua).join(', ')} } },`,
  )
  const given = `local pool, room = ${lua(pool)}, ${roomForProgram(rollbacks.length)}`
  return `${given}\nlocal trees = {\n${trees.join('\n')}\n}\n${body.trim()}\n`
}

const answer = z.object({
  return: z.union([
    z.object({ done: z.literal(1) }),
    z.object({ blocked: z.record(z.string(), z.number()) }),
    z.object({ broken: z.string(), errno: z.number() }),
  ]),
})

/** Reads what `zfs program -j` prints. The exit status is 0 whatever the program returned. */
export function parseProgramResult(stdout: string): ProgramResult {
  const { return: result } = answer.parse(JSON.parse(stdout))
  if ('done' in result) return { state: 'rolled-back' }
  if ('broken' in result) return { state: 'broken', at: result.broken, errno: result.errno }
  return { state: 'blocked', blockers: Object.entries(result.blocked).map(([name, errno]) => ({ name, errno })) }
}

/** Runs the program with the greatest limits there are (zfs-program(8)): a large tree must not end half-way through its checks. */
export const runRollbackProgram = (pool: string, rollbacks: readonly Rollback[]): ShellCommand<ProgramResult> => ({
  ...changeLine(sh`zfs program -j -t 100000000 -m 104857600 ${pool} -`, {
    stdin: rollbackProgram(pool, rollbacks),
    timeoutMs: programMs,
  }),
  destroys: rollbacks.flatMap(lost),
  parse: ({ stdout }) => parseProgramResult(stdout),
})

/**
 * Which of these snapshots can't be destroyed now, by full name with the errno, whatever the reason. Changes nothing.
 * Undefined where the host can't run programs in this pool: they are not allowed, or it is open read-only.
 */
export const undestroyable = (
  pool: string,
  snapshots: readonly string[],
): ShellCommand<ReadonlyMap<string, number> | undefined> =>
  readLine(
    sh`zfs program -n -j -t 100000000 -m 104857600 ${pool} -`,
    ({ code, stdout }) => {
      if (code !== 0) return undefined
      const { return: errnos } = z
        .object({ return: z.union([z.record(z.string(), z.number()), z.array(z.never())]) })
        .parse(JSON.parse(stdout))
      return new Map(Object.entries(errnos))
    },
    {
      stdin: `local found = {}
for _, name in ipairs({
${snapshots.map((name) => `  ${lua(name)},`).join('\n')}
}) do
  local errno = zfs.check.destroy(name)
  if errno ~= 0 then found[name] = errno end
end
return found
`,
      accepts: [0, 1],
      timeoutMs: programMs,
    },
  )

// One argument of a process is at most 128 KiB, and sshd's `sh -c` makes the whole line one.
const pieceBytes = 65_536

/** The same by single commands, for hosts where channel programs are not allowed: newest first, then the rollback. */
export function rollbackLines(one: Rollback): ShellCommand<string>[] {
  const pieces: string[][] = [[]]
  let bytes = 0
  for (const name of one.destroys) {
    bytes += name.length + 1
    if (bytes > pieceBytes) {
      pieces.push([])
      bytes = name.length + 1
    }
    pieces.at(-1)?.push(name)
  }
  const onlyIf = 'channel programs are not allowed on the host'
  const destroys = pieces
    .filter((piece) => piece.length > 0)
    .map((piece) => ({
      ...changeLine(sh`zfs destroy ${`${one.dataset}@${piece.join(',')}`}`, { timeoutMs: programMs }),
      destroys: piece.map((name) => `${one.dataset}@${name}`),
      onlyIf,
    }))
  return [
    ...destroys,
    { ...changeLine(sh`zfs rollback ${`${one.dataset}@${one.snapshot}`}`), destroys: [one.dataset], onlyIf },
  ]
}
