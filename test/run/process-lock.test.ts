import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lockFolder } from '../../src/run/process-lock.ts'
import { PreflightError } from '../../src/text/errors.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'

interface Contender {
  readonly child: ChildProcess
  readonly said: string
  end(): Promise<void>
}

/** Another process that tries to take the lock; it is heard once it has said how that went. */
async function contender(folder: string): Promise<Contender> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'take-lock.ts'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const end = async (): Promise<void> => {
    child.stdin.end()
    await gone
  }
  onTestFinished(end)
  for await (const said of createInterface({ input: child.stdout })) return { child, said, end }
  throw new Error('the process said nothing')
}

const busy = (pid: number | undefined): string => `process ${pid} is working on this run`

/** A run's folder with the lock that this process would write, changed. */
async function lockedBy(change: Record<string, unknown>): Promise<string> {
  const folder = join(await temporaryFolder(), 'run')
  const unlock = lockFolder(folder)
  const mine = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as Record<string, unknown>
  unlock()
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...mine, ...change }))
  return folder
}

describe('the lock of a run', () => {
  it('is taken, refused to others in the meantime, and free again afterwards', async () => {
    const folder = join(await temporaryFolder(), 'run')
    const unlock = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(PreflightError)
    expect(() => lockFolder(folder)).toThrow(busy(process.pid))
    unlock()
    lockFolder(folder)()
    expect(readdirSync(folder)).toEqual([])
  })

  it('makes the folder, for nobody else to read', async () => {
    const folder = join(await temporaryFolder(), 'state', 'run')
    onTestFinished(lockFolder(folder))
    expect((statSync(folder).mode & 0o777).toString(8)).toBe('700')
    expect((statSync(join(folder, 'lock')).mode & 0o777).toString(8)).toBe('600')
  })

  it('is refused where its folder can not be made', () => {
    expect(() => lockFolder('/proc/x/runs/1')).toThrow("/proc/x/runs/1 can't be made (ENOENT)")
  })

  it('is refused while another process has it, and says which', async () => {
    const folder = await temporaryFolder()
    const other = await contender(folder)
    expect(other.said).toBe('locked')
    expect(() => lockFolder(folder)).toThrow(busy(other.child.pid))
    await other.end()
    lockFolder(folder)()
  })

  it('goes to exactly one of several processes that want it at once', async () => {
    const folder = await temporaryFolder()
    const all = await Promise.all(Array.from({ length: 5 }, () => contender(folder)))
    const [winner, ...more] = all.filter((each) => each.said === 'locked')
    expect(more).toEqual([])
    const losers = all.filter((each) => each !== winner)
    expect(losers.map((each) => each.said)).toEqual(losers.map(() => busy(winner?.child.pid)))
  })

  it('goes to exactly one also where a dead process had it', async () => {
    const folder = await temporaryFolder()
    const dead = await contender(folder)
    dead.child.kill('SIGKILL')
    await dead.end()
    expect(existsSync(join(folder, 'lock'))).toBe(true)
    const all = await Promise.all(Array.from({ length: 4 }, () => contender(folder)))
    expect(all.filter((each) => each.said === 'locked')).toHaveLength(1)
  })

  it.each([
    ['of a dead process', { pid: 4_194_304 }],
    ['of a process that has the number of one that lives, but began at another time', { startedAt: '1' }],
    ['of before a reboot', { bootId: '00000000-0000-0000-0000-000000000000' }],
    ['that cannot be read', { pid: 'no number' }],
  ])('%s is taken back unasked', async (_, change) => {
    const folder = await lockedBy(change)
    lockFolder(folder)()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is not given up by one who does not have it any more', async () => {
    const folder = join(await temporaryFolder(), 'run')
    const unlock = lockFolder(folder)
    writeFileSync(join(folder, 'lock'), 'of somebody else')
    unlock()
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe('of somebody else')
  })

  it('leaves what else is in the folder', async () => {
    const folder = join(await temporaryFolder(), 'run')
    mkdirSync(folder)
    writeFileSync(join(folder, 'journal.jsonl'), 'text')
    lockFolder(folder)()
    expect(readdirSync(folder)).toEqual(['journal.jsonl'])
  })
})
