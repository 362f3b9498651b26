import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import { nightly, refusal, root, testLab, until, web } from './helpers.ts'
import type { TestLab } from './helpers.ts'

async function shown(lab: TestLab, SnapshotId: string | undefined) {
  const { Snapshots } = await lab.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId ?? ''] }))
  return Snapshots?.[0]
}

/** A lab whose instance has a data disk with an image of its own. */
async function labWithData(): Promise<TestLab & { readonly imagePath: string }> {
  const own = await mkdtemp(join(tmpdir(), 'lab-data-'))
  const imagePath = join(own, 'data.img')
  await writeFile(imagePath, 'before')
  const data = { ...root, volumeId: 'vol-0bbbbbbbbbbbbbbbb', sizeGiB: 1, imagePath }
  const volumes = [root, { ...data, attached: { instanceId: web.instanceId, device: '/dev/sdf' } }]
  const lab = await testLab({ volumes })
  return {
    ...lab,
    imagePath,
    async [Symbol.asyncDispose]() {
      await lab[Symbol.asyncDispose]()
      await rm(own, { recursive: true })
    },
  }
}

/** The first six characters: the images are large, and almost all of it holes. */
async function startOf(path: string): Promise<string> {
  const image = await open(path)
  const { buffer } = await image.read(Buffer.alloc(6), 0, 6)
  await image.close()
  return buffer.toString()
}

const takeData = () =>
  new CreateSnapshotCommand({
    VolumeId: 'vol-0bbbbbbbbbbbbbbbb',
    Description: 'by hand',
    TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: '1' }] }],
  })

test('a snapshot goes from pending to completed with rising progress', async () => {
  const delays = { ...delaysOf('none'), snapshotMs: 1500 }
  await using lab = await testLab({}, { delays })
  const { SnapshotId, State, Progress } = await lab.ec2.send(new CreateSnapshotCommand({ VolumeId: root.volumeId }))
  expect([State, Progress]).toEqual(['pending', '0%'])
  const seen = [`${State} ${Progress}`]
  await until(
    async () => {
      const snapshot = await shown(lab, SnapshotId)
      const now = `${snapshot?.State} ${snapshot?.Progress}`
      if (now !== seen.at(-1)) seen.push(now)
      return now
    },
    (now) => now.startsWith('completed'),
  )
  expect(seen).toEqual(['pending 0%', 'pending 33%', 'pending 66%', 'completed 100%'])
})

test('of an attached volume the data is copied while its host is frozen', async () => {
  await using lab = await labWithData()
  let copied: string | null = null
  lab.host.beforeThaw = async () => {
    const [name = ''] = await readdir(join(lab.dir, 'disks'))
    copied = await startOf(join(lab.dir, 'disks', name))
  }
  const { SnapshotId } = await lab.ec2.send(takeData())
  const snapshot = await until(
    () => shown(lab, SnapshotId),
    (now) => now?.State === 'completed',
  )
  expect(snapshot).toMatchObject({ Description: 'by hand', OwnerId: '123456789012', Tags: [{ Key: 'a', Value: '1' }] })
  expect(lab.host.calls).toEqual(['freeze', 'thaw'])
  expect(copied).toBe('before')
})

test('a volume made from it has the data of that moment', async () => {
  await using lab = await labWithData()
  const { SnapshotId } = await lab.ec2.send(takeData())
  await until(
    () => shown(lab, SnapshotId),
    (now) => now?.State === 'completed',
  )
  await writeFile(lab.imagePath, 'after!')
  await lab.ec2.send(new CreateVolumeCommand({ SnapshotId, AvailabilityZone: 'eu-central-1a' }))
  const volume = await until(
    () => Promise.resolve(lab.cloud.volumes().at(-1)),
    (now) => now?.state === 'available',
  )
  expect(await startOf(volume?.imagePath ?? '')).toBe('before')
})

test('a deleted snapshot is gone at once, and its image with it', async () => {
  await using lab = await labWithData()
  const { SnapshotId } = await lab.ec2.send(takeData())
  await until(
    () => shown(lab, SnapshotId),
    (now) => now?.State === 'completed',
  )
  const imagePath = lab.cloud.snapshots().at(-1)?.imagePath ?? ''
  await lab.ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
  expect(await refusal(shown(lab, SnapshotId))).toBe('InvalidSnapshot.NotFound 400')
  const gone = () =>
    stat(imagePath).then(
      () => false,
      () => true,
    )
  expect(await until(gone, (now) => now)).toBe(true)
})

test('the image of a snapshot that the world brought outlives the snapshot', async () => {
  await using lab = await testLab()
  const imagePath = lab.cloud.snapshots()[0]?.imagePath ?? ''
  await lab.ec2.send(new DeleteSnapshotCommand({ SnapshotId: nightly.snapshotId }))
  await expect(stat(imagePath)).resolves.toBeDefined()
})

test("another account's snapshot can not be deleted", async () => {
  await using lab = await testLab({ snapshots: [{ ...nightly, ownerId: '999999999999' }] })
  const command = new DeleteSnapshotCommand({ SnapshotId: nightly.snapshotId })
  expect(await refusal(lab.ec2.send(command))).toBe('AuthFailure 403')
})
