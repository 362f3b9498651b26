import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal, readJournal } from '../../src/run/journal.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import { runFolder } from '../../src/run/runs.ts'
import { routeFor } from '../../src/steps/routes.ts'
import { testLab, world, type TestLab } from '../lab/cloud/helpers.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { started } from '../run/fake-session.ts'
import { lifeboat } from './surroundings.ts'

const template = 'lt-0aaaaaaaaaaaaaaaa'

/** The config of a host whose AWS is this cloud; an ssh to it would reach nobody. */
async function configOf({ cloud }: TestLab): Promise<NodeJS.ProcessEnv> {
  const folder = await temporaryFolder()
  const keys = join(folder, 'credentials')
  await writeFile(
    keys,
    `[default]\naws_access_key_id=${world.accessKeyId}\naws_secret_access_key=${world.secretAccessKey}\n`,
  )
  const file = join(folder, 'config.toml')
  await writeFile(
    file,
    `[aws]\nregion = "${world.region}"\ncredentials_file = "${keys}"\nendpoint_ec2 = "${cloud.ec2}"\nendpoint_sts = "${cloud.sts}"\n[[hosts]]\nname = "web"\nssh = "nobody.invalid"\n`,
  )
  return { LIFEBOAT_CONFIG: file, LIFEBOAT_STATE_DIR: await temporaryFolder() }
}

const launch = {
  template: {
    templateId: template,
    name: 'recovery',
    version: '1',
    byInterface: false,
    groups: [],
    publicAddress: null,
  },
  placements: [{ instanceType: 'm5.large', subnetId: null, zone: world.instances[0]?.availabilityZone ?? null }],
}

/** A run that was killed while its recovery instance was being launched: of the host nothing is known yet. */
const killedInLaunch: JournalRecord[] = [
  started({ host: 'web', launchTemplate: template }, routeFor({ launchTemplate: template })),
  { type: 'answered', at: '', step: 'launch', value: launch, by: 'suggestion' },
  { type: 'answered', at: '', step: 'review-launch', value: { go: true }, by: 'suggestion' },
  { type: 'intended', at: '', step: 'launch-instance', attempt: 1, before: { clientTokens: ['one'] }, commands: [] },
]

/** Keeps a run of this journal. @returns where */
function kept(env: NodeJS.ProcessEnv, [first, ...rest]: readonly JournalRecord[]): string {
  const folder = runFolder(env['LIFEBOAT_STATE_DIR'] ?? '', 'run-1')
  const journal = openJournal(folder, (record) => record)
  if (first?.type === 'run-started') journal.append({ ...first, runId: 'run-1' })
  for (const record of rest) journal.append(record)
  journal.close()
  return folder
}

describe('a run that launches its host', () => {
  it('can be taken back before anything is known of the host', async () => {
    await using lab = await testLab()
    const env = await configOf(lab)
    const folder = kept(env, killedInLaunch)
    const { exitCode, stdout } = await lifeboat(['undo', 'run-1', '--confirm', 'web', '--no-input'], env)
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('taken back') as unknown })
    expect(readJournal(folder).at(-1)).toMatchObject({ type: 'finished', outcome: 'undone' })
  })

  it.each(['resume', 'undo'])('is not made of one that was begun on the host as it is: %s', async (command) => {
    await using lab = await testLab()
    const env = await configOf(lab)
    const before = { run: 'x', who: '', since: '', backups: [], services: [], cron: [], running: [] }
    const folder = kept(env, [
      started({ host: 'web' }, routeFor({})),
      { type: 'intended', at: '', step: 'gate', attempt: 1, before, commands: [] },
    ])
    const said = await lifeboat([command, 'run-1', '--launch-template', template, '--no-input', '--yes'], env)
    expect(said).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--launch-template comes too late/) })
    expect(readJournal(folder).map((record) => record.type)).toEqual(['run-started', 'intended'])
    expect(lab.cloud.log).toEqual([])
  })

  const withTemplate = {
    subnets: [
      {
        subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
        vpcId: 'vpc-0aaaaaaaaaaaaaaaa',
        availabilityZone: 'eu-central-1a',
        cidrBlock: '10.0.1.0/24',
      },
    ],
    launchTemplates: [
      {
        launchTemplateId: template,
        name: 'recovery',
        versions: [
          {
            createdAt: '2026-01-02T03:04:05Z',
            imageId: 'ami-0aaaaaaaaaaaaaaaa',
            instanceType: 'm5.large',
            subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
          },
        ],
      },
    ],
  }
  const launching = ['--host', 'web', '--launch-template', template, '--snapshot', 'snap-0aaaaaaaaaaaaaaaa', '--yes']

  it('is planned as far as it can be known, with the earliest moment that a name can mean anywhere', async () => {
    await using lab = await testLab(withTemplate)
    const env = await configOf(lab)
    const point = ['--at', '2026-11-20_21.00.00--1w', '--way', 'rollback']
    const { exitCode, objects } = await lifeboat([...launching, ...point, '--dry-run', '--json'], env)
    const plan = objects.find((each) => each['type'] === 'plan')?.['plan']
    expect({ exitCode, plan }).toMatchObject({
      exitCode: 0,
      plan: {
        mayDestroy: { snapshotsSince: '2026-11-20T07:00:00.000Z' },
        commands: expect.arrayContaining([expect.stringMatching(/^aws ec2 run-instances/)]) as unknown,
      },
    })
    expect(JSON.stringify(objects)).toContain('only when the recovery instance runs')
    expect(lab.cloud.instances()).toHaveLength(1)
  })

  it.each([
    [['--way', 'rollback', '--confirm', 'web'], /--way rollback needs a snapshot/],
    [['--snapshot', 'latest'], /which snapshots are web's\?/],
  ])('launches nothing where %j could only be refused afterwards', async (more, message) => {
    await using lab = await testLab(withTemplate)
    const { exitCode, stdout } = await lifeboat([...launching, ...more, '--no-input'], await configOf(lab))
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: expect.stringMatching(message) as unknown })
    expect(lab.cloud.instances()).toHaveLength(1)
  })
})
