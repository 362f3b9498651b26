import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { awsRefusals } from './bad-days/aws.ts'
import { head, type BadDay } from './bad-days/bad-day.ts'
import { hostRefusals } from './bad-days/host.ts'
import { lineAndConfig } from './bad-days/line-and-config.ts'
import { errorOf, faultsPage, rowOf, rowsOnPage, type Row } from './faults-page.ts'
import { restoring } from './program.ts'
import { Rig } from './rig.ts'
import { hostState, nearState, wholeState } from './whole-state.ts'

vi.setConfig({ testTimeout: 60_000 })

const groups: { title: string; days: readonly BadDay[]; rows: Row[] }[] = [
  { title: 'The command line and the config', days: lineAndConfig, rows: [] },
  { title: 'AWS', days: awsRefusals, rows: [] },
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

describe.each(groups)('refused before anything is changed: $title', ({ days, rows }) => {
  it.each(days)('$situation', async (day) => {
    await using scene = await rig.scene(day.world)
    await day.provoke?.(scene)
    const before = { ...(await nearState(scene)), host: scene.touched ? await hostState(scene) : asFound }
    const env = day.env?.(scene)
    const ran = await scene.lifeboat(day.args?.(scene) ?? restoring(head), env === undefined ? {} : { env })
    rows.push(rowOf(day, ran, 'nothing'))
    const error = errorOf(ran)
    expect(error?.message).toMatch(day.message)
    expect({ exitCode: ran.exitCode, code: error?.code }).toEqual({ exitCode: day.exitCode, code: day.code })
    const next = error?.next.map(({ command }) => command) ?? []
    expect(next).toEqual((day.next ?? []).map((command) => expect.stringMatching(command) as string))
    expect(await wholeState(scene)).toEqual(before)
  })
})

it('and the page of faults has the same situations and exit codes', async () => {
  const page = join(import.meta.dirname, '../../docs/faults.md')
  const made = faultsPage(groups)
  // `npm run docs`: the words may change without anybody being wrong, so they are not compared.
  if (process.env['LIFEBOAT_DOCS'] === 'write') await writeFile(page, made)
  expect(rowsOnPage(await readFile(page, 'utf8'))).toEqual(rowsOnPage(made))
})
