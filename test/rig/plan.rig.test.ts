import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endState } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { threeHoursBack, type Ran } from './program.ts'
import { Rig, type Scene } from './rig.ts'
import { wholeState } from './whole-state.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
})
afterAll(() => rig[Symbol.asyncDispose]())

const asking = ['--host', 'irc-1', '--source', 'ebs', '--yes', '--no-input', '--json']

const planPath = (scene: Scene): string => join(scene.dir, 'plan.json')

const plan = (scene: Scene): Promise<Ran> =>
  scene.lifeboat(['plan', ...asking, ...threeHoursBack(scene.world), '--out', planPath(scene)])

/** `apply` takes its config from the plan. */
const apply = (scene: Scene, ...flags: string[]): Promise<Ran> =>
  scene.lifeboat(['apply', planPath(scene), '--json', ...flags])

const confirmed = ['--confirm', 'irc-1']

async function editPlan(scene: Scene, change: (plan: Record<string, unknown>) => void): Promise<void> {
  const text = JSON.parse(await readFile(planPath(scene), 'utf8')) as Record<string, unknown>
  change(text)
  await writeFile(planPath(scene), JSON.stringify(text))
}

const ending = (ran: Ran) => ({ exitCode: ran.exitCode, code: errorOf(ran)?.code })

describe('a plan', () => {
  it.each([
    ['restore --dry-run', (scene: Scene) => ['restore', '--dry-run', ...asking, ...threeHoursBack(scene.world)]],
    ['plan', (scene: Scene) => ['plan', ...asking, ...threeHoursBack(scene.world), '--out', planPath(scene)]],
  ])('is made by %s, which changes nothing', async (_how, args) => {
    await using scene = await rig.scene()
    const before = await wholeState(scene)
    const ran = await scene.lifeboat(args(scene))
    expect(ending(ran)).toEqual({ exitCode: 0, code: undefined })
    expect(ran.last).toMatchObject({ type: 'run-finished', outcome: 'cancelled', changed: false, exitCode: 0 })
    const [made] = ran.events.filter((event) => event.type === 'plan')
    expect(made?.['plan']).toMatchObject({
      host: 'irc-1',
      mayDestroy: { datasets: ['tank'], snapshotsSince: expect.stringMatching(/^2026-/) as unknown },
      commands: expect.arrayContaining([expect.stringMatching(/^aws ec2 create-volume/)]) as unknown,
    })
    expect(await wholeState(scene)).toEqual(before)
  })

  it('tells what would not be permitted', async () => {
    await using scene = await rig.scene((world) => ({ ...world, denied: ['ec2:AttachVolume', 'ec2:CreateVolume'] }))
    const ran = await plan(scene)
    expect(ending(ran)).toEqual({ exitCode: 5, code: 'permission-missing' })
    expect(errorOf(ran)?.message).toMatch(/ec2:CreateVolume, ec2:AttachVolume/)
  })

  it('is not applied without the host’s name, nor to a world that is another now', async () => {
    await using scene = await rig.scene()
    await plan(scene)
    const before = await wholeState(scene)
    expect(ending(await apply(scene))).toEqual({ exitCode: 2, code: 'usage' })
    expect(ending(await apply(scene, '--confirm', 'irc-2'))).toEqual({ exitCode: 2, code: 'usage' })

    await scene.editHost({ backups: [] })
    expect(ending(await apply(scene, ...confirmed))).toEqual({ exitCode: 5, code: 'stale-plan' })
    await scene.editHost({ backups: ['chat-backup.service'] })
    expect(await wholeState(scene)).toEqual(before)

    const newest = scene.world.snapshots.at(-1)?.snapshotId ?? ''
    scene.cloud.change({ snapshots: { [newest]: 'gone' } })
    const stale = await apply(scene, ...confirmed)
    expect(ending(stale)).toEqual({ exitCode: 5, code: 'stale-plan' })
    expect(errorOf(stale)?.message).toMatch(/snapshotId was "snap-/)
  })

  it('stops where a rollback would destroy more than it says, and can be taken back', { tags: ['long'] }, async () => {
    await using scene = await rig.scene()
    const { host } = (await wholeState(scene)) as { host: object }
    await plan(scene)
    await editPlan(scene, (text) => (text.mayDestroy = { datasets: ['tank/chat'], snapshotsSince: null }))
    const ran = await apply(scene, ...confirmed)
    expect(ending(ran)).toEqual({ exitCode: 3, code: 'beyond-plan' })
    expect(errorOf(ran)?.notChanged).toEqual(['no snapshot was destroyed and no dataset was rolled back'])
    expect(ending(await scene.undo())).toMatchObject({ exitCode: 0 })
    expect(await wholeState(scene)).toMatchObject({ host })
  })

  it('is applied without a question, and does what it says', async () => {
    await using scene = await rig.scene()
    await scene.editHost({ stable_seconds: 1 })
    await plan(scene)
    const ran = await apply(scene, ...confirmed)
    expect(ending(ran)).toEqual({ exitCode: 0, code: undefined })
    expect(ran.last).toMatchObject({ outcome: 'restored', leftovers: [] })
    expect(await endState(scene)).toMatchObject({ service: 'active', gates: '' })
  })
})
