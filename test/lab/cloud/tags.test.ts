import { CreateTagsCommand, DeleteTagsCommand, DescribeTagsCommand } from '@aws-sdk/client-ec2'
import type { Tag } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { nightly, refusal, root, testLab, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const Resources = [root.volumeId, nightly.snapshotId, web.instanceId]

function createTags(lab: TestLab, Tags: Tag[], ids = Resources) {
  return lab.ec2.send(new CreateTagsCommand({ Resources: ids, Tags }))
}

async function tagsOf(lab: TestLab, id: string): Promise<Record<string, string>> {
  const Filters = [{ Name: 'resource-id', Values: [id] }]
  const { Tags = [] } = await lab.ec2.send(new DescribeTagsCommand({ Filters }))
  return Object.fromEntries(Tags.map((tag) => [tag.Key ?? '', tag.Value ?? '']))
}

test('CreateTags tags a volume, a snapshot and an instance at once, and overwrites', async () => {
  await using lab = await testLab()
  await createTags(lab, [{ Key: 'lab:made', Value: 'run-1' }])
  await createTags(lab, [{ Key: 'lab:made', Value: 'run-2' }], [web.instanceId])
  expect(await tagsOf(lab, root.volumeId)).toEqual({ 'lab:made': 'run-1' })
  expect(await tagsOf(lab, nightly.snapshotId)).toEqual({ ...nightly.tags, 'lab:made': 'run-1' })
  expect(await tagsOf(lab, web.instanceId)).toEqual({ Name: 'web', 'lab:made': 'run-2' })
})

test('DescribeTags finds resources by tag and kind', async () => {
  await using lab = await testLab()
  await createTags(lab, [{ Key: 'lab:made', Value: 'run-1' }])
  const Filters = [
    { Name: 'tag:lab:made', Values: ['run-?'] },
    { Name: 'resource-type', Values: ['snapshot', 'volume'] },
  ]
  const { Tags = [] } = await lab.ec2.send(new DescribeTagsCommand({ Filters }))
  expect(Tags.map((tag) => tag.ResourceId)).toEqual([root.volumeId, nightly.snapshotId])
})

describe('CreateTags refuses', () => {
  test.each<[string, Tag[], string[], string]>([
    ["AWS's own keys", [{ Key: 'AWS:x', Value: '' }], Resources, 'InvalidParameterValue 400'],
    ['a key of 129 characters', [{ Key: 'k'.repeat(129), Value: '' }], Resources, 'InvalidParameterValue 400'],
    ['a value of 257 characters', [{ Key: 'k', Value: 'v'.repeat(257) }], Resources, 'InvalidParameterValue 400'],
    ['no tags', [], Resources, 'MissingParameter 400'],
    ['no resources', [{ Key: 'k', Value: '' }], [], 'MissingParameter 400'],
    ['an unknown volume', [{ Key: 'k', Value: '' }], [web.instanceId, 'vol-00000000'], 'InvalidVolume.NotFound 400'],
    ['an id of no kind', [{ Key: 'k', Value: '' }], ['web'], 'InvalidID 400'],
  ])('%s, and tags nothing', async (_, Tags, ids, expected) => {
    await using lab = await testLab()
    expect(await refusal(createTags(lab, Tags, ids))).toBe(expected)
    expect(await tagsOf(lab, web.instanceId)).toEqual({ Name: 'web' })
  })

  test("a 51st tag, not counting AWS's own nor those it overwrites", async () => {
    await using lab = await testLab()
    const fifty = Array.from({ length: 50 }, (_, n) => ({ Key: n === 0 ? 'app' : `k${n}`, Value: 'x' }))
    expect(await refusal(createTags(lab, fifty, [nightly.snapshotId]))).toBe('none')
    expect(await refusal(createTags(lab, [{ Key: 'k1', Value: 'y' }], [nightly.snapshotId]))).toBe('none')
    expect(await refusal(createTags(lab, [{ Key: 'new', Value: '' }], [nightly.snapshotId]))).toBe(
      'TagLimitExceeded 400',
    )
  })
})

function remove(lab: TestLab, Tags?: Tag[]) {
  return lab.ec2.send(new DeleteTagsCommand({ Resources: [nightly.snapshotId], ...(Tags && { Tags }) }))
}

describe('DeleteTags', () => {
  test.each<[string, Tag[] | undefined, Record<string, string>]>([
    ['by key', [{ Key: 'app' }], { 'aws:dlm:lifecycle-policy-id': 'policy-0123' }],
    ['not where the value is another', [{ Key: 'app', Value: 'wiki' }], nightly.tags],
    ["all but AWS's own", undefined, { 'aws:dlm:lifecycle-policy-id': 'policy-0123' }],
  ])('removes %s', async (_, Tags, expected) => {
    await using lab = await testLab()
    await remove(lab, Tags)
    expect(await tagsOf(lab, nightly.snapshotId)).toEqual(expected)
  })

  test("refuses AWS's own", async () => {
    await using lab = await testLab()
    expect(await refusal(remove(lab, [{ Key: 'aws:dlm:lifecycle-policy-id' }]))).toBe('InvalidParameterValue 400')
  })
})
