import { describe, expect, it } from 'vitest'
import type { CloudWorld, WorldSnapshot } from '../../src/lab/cloud/world.ts'
import { snapshotChoice } from '../../src/steps/snapshot.ts'
import type { Option } from '../../src/steps/step.ts'
import type { Flags } from '../../src/steps/flags.ts'
import { UsageError } from '../../src/text/errors.ts'
import { nightly, web } from '../lab/cloud/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, dataVolume, type AwsRun } from './aws-run.ts'

const older: WorldSnapshot = { ...nightly, snapshotId: 'snap-0cccccccccccccccc', startedAt: '2026-11-19T23:45:12Z' }
const newer: WorldSnapshot = { ...nightly, snapshotId: 'snap-0bbbbbbbbbbbbbbbb', startedAt: '2026-11-21T05:45:12Z' }

const over = (snapshots: CloudWorld['snapshots'], flags: Partial<Flags> = {}, host = {}): Promise<AwsRun> =>
  awsRun({ snapshots }, { flags, host: { volume: dataVolume, ...host } })

async function options(run: AwsRun): Promise<Option<{ snapshotId: string }>[]> {
  const seen = []
  for await (const each of snapshotChoice.options(run.run)) if (each.kind === 'option') seen.push(each)
  return seen
}

const chosen = (run: AwsRun): string => run.run.answer(snapshotChoice).snapshotId

describe('the newest EBS snapshot', () => {
  it('is the newest that is complete and not archived, and what is newer is a finding', async () => {
    await using run = await over([older, nightly, { ...newer, state: 'pending' }], { snapshot: 'latest' })
    await run.choose(snapshotChoice)
    expect(chosen(run)).toBe(nightly.snapshotId)
    expect(run.findings('warn')).toEqual([
      expect.stringMatching(
        /a newer EBS snapshot is passed over.*snap-0bbbbbbbbbbbbbbbb.*6 h later: it is pending: 0 %/,
      ),
    ])
  })

  it('has no such finding where nothing is newer', async () => {
    await using run = await over([older, nightly], { snapshot: 'latest' })
    await run.choose(snapshotChoice)
    expect(run.findings('warn')).toEqual([])
  })

  it('is found among thousands, of which the newest are shown', async () => {
    const many = Array.from({ length: 2345 }, (_, n) => ({
      ...nightly,
      snapshotId: `snap-${n.toString(16).padStart(17, '0')}`,
      startedAt: new Date(Date.parse('2026-11-20T00:00:00Z') - n * 3_600_000).toISOString(),
    }))
    await using run = await over(many, { snapshot: 'latest' })
    expect(await options(run)).toHaveLength(50)
    await run.choose(snapshotChoice)
    expect(chosen(run)).toBe('snap-00000000000000000')
    expect(run.findings('info')).toContain('and 2295 older ones, which can be named: --snapshot snap-…')
  })

  it('is found behind any number that can not be used', async () => {
    const archived = Array.from({ length: 60 }, (_, n) => ({
      ...newer,
      snapshotId: `snap-${n.toString(16).padStart(17, '0')}`,
      storageTier: 'archive' as const,
    }))
    await using run = await over([...archived, nightly], { snapshot: 'latest' })
    await run.choose(snapshotChoice)
    expect(chosen(run)).toBe(nightly.snapshotId)
  })

  it('is refused where none can be used, with the reason of the newest', async () => {
    await using run = await over([{ ...nightly, storageTier: 'archive' }], { snapshot: 'latest' })
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({
      code: 'no-usable-snapshot',
      message: expect.stringContaining('it is archived') as unknown,
    })
  })
})

describe('a snapshot that is named', () => {
  const named = { snapshot: nightly.snapshotId }

  it('and archived is refused with the command that asks for it, and how long that takes', async () => {
    await using run = await over([{ ...nightly, storageTier: 'archive' }], named)
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({
      name: 'PreflightError',
      code: 'snapshot-archived',
      message: expect.stringContaining('up to 72 hours') as unknown,
      next: [
        {
          command: `aws ec2 restore-snapshot-tier --snapshot-id ${nightly.snapshotId} --temporary-restore-days 7`,
        },
        { command: `lifeboat restore --host web --snapshot ${nightly.snapshotId}` },
      ],
    })
  })

  it('and on its way back from the archive says so, and only has to be waited for', async () => {
    const { RestoreSnapshotTierCommand } = await import('@aws-sdk/client-ec2')
    const { delaysOf } = await import('../../src/lab/cloud/delays.ts')
    await using run = await awsRun(
      { snapshots: [{ ...nightly, storageTier: 'archive' }] },
      { flags: named, host: { volume: dataVolume } },
      { delays: { ...delaysOf('none'), restoreTierMs: 60_000 } },
    )
    const input = { SnapshotId: nightly.snapshotId, TemporaryRestoreDays: 7 }
    await run.lab.ec2.send(new RestoreSnapshotTierCommand(input))
    const error = await thrownBy(run.choose(snapshotChoice))
    expect(error).toMatchObject({
      code: 'snapshot-archived',
      message: expect.stringContaining('on its way back from the archive') as unknown,
      next: [{ command: `lifeboat restore --host web --snapshot ${nightly.snapshotId}` }],
    })
  })

  it('and archived is told of also where nobody may ask about tiers', async () => {
    await using run = await over([{ ...nightly, storageTier: 'archive' }], named)
    run.cloud.change({ denied: ['ec2:DescribeSnapshotTierStatus'] })
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({ code: 'snapshot-archived' })
  })

  it('and pending shows how far it is', async () => {
    await using run = await over([{ ...nightly, state: 'pending' }], named)
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({
      code: 'snapshot-unusable',
      message: expect.stringMatching(/it is pending: \d+ % of it has arrived/) as unknown,
    })
  })

  it.each([
    ['in another region', [{ ...nightly, region: 'us-east-1' }]],
    ['nowhere', []],
  ])('and %s says where was looked, and that snapshots are of one region', async (_, snapshots) => {
    await using run = await over(snapshots, named)
    expect(await thrownBy(run.choose(snapshotChoice))).toMatchObject({
      name: 'PreflightError',
      code: 'snapshot-not-found',
      message: expect.stringMatching(/in eu-central-1.*only there in its own region/) as unknown,
    })
  })

  it('and shared by another account is taken with a warning that names the owner', async () => {
    await using run = await over([{ ...nightly, ownerId: '999999999999' }], named)
    await run.choose(snapshotChoice)
    expect(run.findings('warn')).toContain(
      `${nightly.snapshotId} belongs to another AWS account, 999999999999, which shares it`,
    )
  })

  it('and of another volume is taken with a warning', async () => {
    await using run = await over([{ ...nightly, volumeId: 'vol-0123456789abcdef0' }], named)
    await run.choose(snapshotChoice)
    expect(run.findings('warn')).toContain(
      `${nightly.snapshotId} is of vol-0123456789abcdef0, not of ${dataVolume}, which the config names`,
    )
  })

  it('and older than others says what is passed over, also where nothing says whose it is', async () => {
    await using run = await over([older, nightly, newer], { snapshot: older.snapshotId }, { volume: undefined })
    await run.choose(snapshotChoice)
    expect(run.findings('warn')).toEqual([
      expect.stringMatching(/^2 newer EBS snapshots are passed over.*1 d 6 h later$/),
    ])
  })

  it('by no id of a snapshot is a mistake of the command line', async () => {
    await using run = await over([nightly], { snapshot: 'newest' })
    expect(await thrownBy(run.choose(snapshotChoice))).toBeInstanceOf(UsageError)
  })
})

it("only snapshots of this host's volume are offered: never another account's or volume's", async () => {
  const foreign = { ...newer, ownerId: '999999999999' }
  const others = { ...newer, snapshotId: 'snap-0eeeeeeeeeeeeeeee', volumeId: 'vol-0123456789abcdef0' }
  await using run = await over([older, nightly, foreign, others])
  expect((await options(run)).map((each) => each.value.snapshotId)).toEqual([nightly.snapshotId, older.snapshotId])
})

it('another one can be typed by its id', async () => {
  await using run = await over([nightly, { ...newer, volumeId: 'vol-0123456789abcdef0' }])
  expect(await snapshotChoice.typed?.read(run.run, ` ${newer.snapshotId} `)).toMatchObject({
    snapshotId: newer.snapshotId,
  })
  expect(
    await thrownBy(snapshotChoice.typed?.read(run.run, 'snap-00000000000000009') ?? Promise.resolve()),
  ).toMatchObject({
    code: 'snapshot-not-found',
  })
})

it('the volume that is attached tells whose snapshots they are, where the config says nothing', async () => {
  const data = { volumeId: dataVolume, attached: { instanceId: web.instanceId, device: '/dev/sdf' } }
  const { root } = await import('../lab/cloud/helpers.ts')
  await using run = await awsRun({ volumes: [root, { ...root, ...data }] }, { host: {} })
  expect((await options(run)).map((each) => each.value.snapshotId)).toEqual([nightly.snapshotId])
})
