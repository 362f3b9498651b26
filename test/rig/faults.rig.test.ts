import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRefused } from './bad-days/aws-access.ts'
import { resourcesRefused } from './bad-days/aws-resources.ts'
import { head, type BadDay } from './bad-days/bad-day.ts'
import { hostRefusals } from './bad-days/host.ts'
import { lineAndConfig } from './bad-days/line-and-config.ts'
import { flagsOf, gotOver, resumed, takenBack, type Midway } from './bad-days/midway.ts'
import { endState, sha } from './end-state.ts'
import { errorOf, faultsPage, rowOf, rowsOnPage, type Row } from './faults-page.ts'
import { restoring, type Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'
import { hostState, nearState, wholeState } from './whole-state.ts'

const groups: { title: string; days: readonly BadDay[]; rows: Row[] }[] = [
  { title: 'The command line and the config', days: lineAndConfig, rows: [] },
  { title: 'Access to AWS', days: accessRefused, rows: [] },
  { title: 'What there is in AWS', days: resourcesRefused, rows: [] },
  { title: 'The host, and the way to it', days: hostRefusals, rows: [] },
]

let rig: Rig
/** The host as every case finds it and, undone what provoked it, leaves it. */
let asFound: object
beforeAll(async () => {
  rig = await Rig.start()
  await using scene = await rig.scene()
  asFound = await hostState(scene)
})
afterAll(() => rig[Symbol.asyncDispose]())

/** It names what leads on; more than that may be said. */
function expectNext(ran: Ran, { next = [] }: Pick<BadDay, 'next'>): void {
  const commands = errorOf(ran)?.next.map(({ command }) => command) ?? []
  expect(commands).toEqual(expect.arrayContaining(next.map((command) => expect.stringMatching(command) as string)))
}

describe.each(groups)('refused before anything is changed: $title', ({ days, rows }) => {
  it.each(days)('$situation', async (day) => {
    await using scene = await rig.scene(day.world)
    await day.provoke?.(scene)
    for (const rule of day.faults?.(scene) ?? []) scene.cloud.faults.inject(rule)
    const before = { ...(await nearState(scene)), host: scene.touched ? await hostState(scene) : asFound }
    const env = day.env?.(scene)
    const ran = await scene.lifeboat(day.args?.(scene) ?? restoring(head), env === undefined ? {} : { env })
    rows.push(rowOf(day, ran, 'nothing'))
    const error = errorOf(ran)
    expect(error?.message).toMatch(day.message)
    expect({ exitCode: ran.exitCode, code: error?.code }).toEqual({ exitCode: day.exitCode, code: day.code })
    expectNext(ran, day)
    expect(await wholeState(scene)).toEqual(before)
  })
})

/** What of a run the world still has, in the run's own words. */
function leftBy(ran: Ran): string {
  const left = ran.last?.['leftovers'] as { kind: string; state: string }[] | undefined
  return (left ?? []).map(({ kind, state }) => `${kind} ${state}`).join(', ')
}

function expectError(ran: Ran, midway: Midway): void {
  const { exitCode, code, message } = midway
  const error = errorOf(ran)
  expect(error?.message).toMatch(message)
  expect({ exitCode: ran.exitCode, code: error?.code }).toEqual({ exitCode, code })
  expectNext(ran, midway)
  const run = String(ran.events[0]?.['runId'])
  const leadOn = ((ran.last?.['next'] ?? []) as { command: string }[]).map(({ command }) => command)
  expect(leadOn).toEqual(expect.arrayContaining([`lifeboat resume ${run}`, `lifeboat undo ${run} --confirm irc-1`]))
}

async function begin(scene: Scene, midway: Midway): Promise<void> {
  await scene.editHost({ stable_seconds: 1 })
  await midway.provoke?.(scene)
  for (const rule of midway.faults?.(scene) ?? []) scene.cloud.faults.inject(rule)
}

const undone = { title: 'In the middle of a run; `lifeboat undo` takes it back', rows: [] as Row[] }
const goneOn = { title: 'In the middle of a run; `lifeboat resume` goes on', rows: [] as Row[] }
const over = { title: 'What Lifeboat gets over by itself', rows: [] as Row[] }

describe('failed in the middle, and taken back', { tags: ['long'] }, () => {
  it.each(takenBack)('$situation', async (midway) => {
    await using scene = await rig.scene()
    const before = { volumes: scene.cloud.volumes(), host: asFound }
    await begin(scene, midway)
    const ran = await scene.restore(flagsOf(midway))
    undone.rows.push(rowOf(midway, ran, leftBy(ran)))
    expectError(ran, midway)
    await midway.mend?.(scene)
    expect(await scene.undo()).toMatchObject({ exitCode: 0 })
    expect({ volumes: scene.cloud.volumes(), host: await hostState(scene) }).toEqual(before)
  })
})

const expectRestored = async (scene: Scene): Promise<void> => {
  const { gates, messages, service, volumes } = await endState(scene)
  const image = scene.world.snapshots.at(-1)
  expect({ gates, messages: sha(messages), service }).toEqual({
    gates: '',
    messages: image?.head.messagesSha256,
    service: 'active',
  })
  expect(volumes).toMatchObject([{ state: 'in-use', snapshot: image?.snapshotId }])
}

it('a run that fails again and again is resumed to its end', { tags: ['long'] }, async () => {
  await using own = await Rig.start()
  await using scene = await own.scene()
  for (const [at, midway] of resumed.entries()) {
    await begin(scene, midway)
    const ran = at === 0 ? await scene.restore(flagsOf(midway)) : await scene.resume()
    goneOn.rows.push(rowOf(midway, ran, leftBy(ran)))
    expectError(ran, midway)
    await midway.mend?.(scene)
  }
  expect(await scene.resume()).toMatchObject({ exitCode: 0 })
  await expectRestored(scene)
})

it('a run in which much goes wrong for a moment ends as if nothing had happened', { tags: ['long'] }, async () => {
  await using own = await Rig.start()
  await using scene = await own.scene()
  for (const { rule } of gotOver) scene.cloud.faults.inject(rule)
  await scene.editHost({ stable_seconds: 1 })
  const ran = await scene.restore(head)
  expect({ exitCode: ran.exitCode, error: errorOf(ran) }).toEqual({ exitCode: 0, error: undefined })
  over.rows.push(...gotOver.map((each) => rowOf(each, ran, 'as without it')))
  await expectRestored(scene)
  const codes = scene.cloud.log.flatMap(({ code }) => code ?? [])
  expect(codes.filter((code) => code === 'RequestLimitExceeded')).toHaveLength(3)
  expect(codes.filter((code) => code === 'Unavailable')).toHaveLength(2)
})

it('and the page of faults has the same situations and exit codes', { tags: ['long'] }, async () => {
  const page = join(import.meta.dirname, '../../docs/faults.md')
  const made = faultsPage([...groups, undone, goneOn, over])
  // `npm run docs`: the words may change without anybody being wrong, so they are not compared.
  if (process.env['LIFEBOAT_DOCS'] === 'write') await writeFile(page, made)
  expect(rowsOnPage(await readFile(page, 'utf8'))).toEqual(rowsOnPage(made))
})
