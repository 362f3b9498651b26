// A dump in an archive, over the lab's S3.
import { describe, expect, it } from 'vitest'
import { delaysOf } from '../../src/lab/cloud/delays.ts'
import type { WorldBucket } from '../../src/lab/cloud/world.ts'
import { bringBackAction, tierChoice } from '../../src/steps/bring-back.ts'
import { dumpChoice } from '../../src/steps/dump.ts'
import type { Flags } from '../../src/steps/flags.ts'
import { bucket } from '../lab/cloud/s3/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, type AwsRun } from './aws-run.ts'

type Objects = NonNullable<WorldBucket['objects']>

const dated = '2026-11-20T03:00:00Z'
const file = (key: string, storageClass = 'GLACIER'): Objects[number] => ({
  key: `www/11-20-2026/${key}`,
  content: { text: key },
  storageClass,
  lastModified: dated,
})
const dump = `s3://${bucket}/www/11-20-2026/`

interface Given {
  readonly objects: Objects
  readonly flags?: Partial<Flags>
  readonly more?: Partial<WorldBucket>
  readonly denied?: readonly string[]
  readonly takesMs?: number
}

async function chosen({ objects, flags = {}, more = {}, denied = [], takesMs = 0 }: Given): Promise<AwsRun> {
  const at = await awsRun(
    { buckets: [{ name: bucket, objects, ...more }], denied: [...denied] },
    { flags: { dump, ...flags } },
    { delays: { ...delaysOf('none'), restoreObjectMs: takesMs } },
  )
  await at.choose(dumpChoice)
  return at
}

const requests = ({ cloud }: AwsRun): number => cloud.log.filter(({ action }) => action === 'RestoreObject').length

async function labels({ run }: AwsRun): Promise<string[]> {
  const said = []
  for await (const each of tierChoice.options(run)) said.push(each.kind === 'option' ? each.label : '')
  return said
}

describe('a dump in an archive', () => {
  it('is brought back, and waited for', async () => {
    const objects = [...Array.from({ length: 20 }, (_, n) => file(`${n}`)), file('warm', 'STANDARD')]
    await using at = await chosen({ objects, takesMs: 300 })
    await at.choose(tierChoice)
    await at.doing(bringBackAction)
    expect(at.run.effect(bringBackAction)).toEqual({ objects: 20 })
    expect(requests(at)).toBe(20)
  })

  it('that was on its way when the program was killed is not asked for twice', async () => {
    await using at = await chosen({ objects: [file('a'), file('b')], takesMs: 1500 })
    await at.choose(tierChoice)
    await at.killedAfter('RestoreObject', bringBackAction)
    await at.resuming(bringBackAction)
    expect(at.run.effect(bringBackAction)).toEqual({ objects: 2 })
    expect(requests(at)).toBe(2)
  })

  it('is brought back in the version that was chosen', async () => {
    const objects = [file('a'), { ...file('a'), content: { text: 'newer' }, lastModified: '2026-11-20T15:00:00Z' }]
    const flags = { dumpAsOf: dated }
    await using at = await chosen({ objects, flags, more: { versioning: 'Enabled' } })
    await at.choose(tierChoice)
    await at.doing(bringBackAction)
    const asked = at.session.events.flatMap((event) =>
      event.type === 'command' && event.text.includes('restore-object') ? [event.text] : [],
    )
    expect(asked).toEqual([expect.stringMatching(/--version-id[ =]\S+/)])
  })

  it('may not be asked for: the permission is named', async () => {
    await using at = await chosen({ objects: [file('a')], denied: ['s3:RestoreObject'] })
    await at.choose(tierChoice)
    expect(await thrownBy(at.doing(bringBackAction))).toMatchObject({ missingPermission: 's3:RestoreObject' })
  })

  it('has a speed and a price to choose, as far as its class has them', async () => {
    await using cold = await chosen({ objects: [file('a')] })
    await using deep = await chosen({ objects: [file('a', 'DEEP_ARCHIVE')] })
    expect(await labels(cold)).toEqual([
      expect.stringMatching(/^Standard {2}3 to 5 hours {2}about USD 0\.00/),
      expect.stringMatching(/^Bulk {2}5 to 12 hours {2}free$/),
      expect.stringMatching(/^Expedited {2}1 to 5 minutes/),
    ])
    expect((await labels(deep)).map((each) => each.split('  ')[0])).toEqual(['Standard', 'Bulk'])
  })
})

it('a dump that can be read needs nothing of this', async () => {
  await using at = await chosen({ objects: [file('a', 'STANDARD')] })
  expect([tierChoice.applies?.(at.run), bringBackAction.applies?.(at.run)]).toEqual([false, false])
})
