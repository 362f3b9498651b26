import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { translate as translateCall } from '../../../src/remote/aws/failure.ts'
import { callerIdentity, describeInstance, describeVolumes } from '../../../src/remote/aws/ec2.ts'
import { describeSnapshot, describeSnapshots } from '../../../src/remote/aws/snapshots.ts'
import type { AwsCommand } from '../../../src/remote/command.ts'
import { AwsError, Bug, LifeboatError, PreflightError } from '../../../src/text/errors.ts'
import { nightly, root, testLab, web, world } from '../../lab/cloud/helpers.ts'
import { closed, listening } from '../host/listening.ts'
import { awsAt } from './aws-at.ts'
import { thrownBy } from './thrown-by.ts'

/** What the SDK throws: an error with a name, and what it noted of the request. */
const failure = (name: string, message: string, $metadata?: object): Error =>
  Object.assign(new Error(message), { name }, $metadata === undefined ? {} : { $metadata })

const translate = (action: string, error: unknown): unknown => translateCall({ action }, error)

const answered = { httpStatusCode: 403, requestId: 'request-1' }

describe('what AWS refuses', () => {
  it('names the permission that is missing, and drops the encoded message', () => {
    const message =
      'You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:CreateTags on resource: arn:x because no policy allows it. Encoded authorization failure message: qhT_abc\ndef'
    expect(translate('CreateVolume', failure('UnauthorizedOperation', message, answered))).toMatchObject({
      code: 'UnauthorizedOperation',
      action: 'CreateVolume',
      requestId: 'request-1',
      missingPermission: 'ec2:CreateTags',
      message: expect.not.stringContaining('qhT_abc') as unknown,
    })
  })

  it('names the call itself where AWS does not say which permission', () => {
    const message = 'You are not authorized to perform this operation.'
    expect(translate('CreateVolume', failure('UnauthorizedOperation', message, answered))).toMatchObject({
      missingPermission: 'ec2:CreateVolume',
      message: expect.stringContaining('(the identity lacks ec2:CreateVolume)') as unknown,
    })
  })

  it('lacks no permission where it is refused for something else', () => {
    const error = translate(
      'AttachVolume',
      failure('VolumeInUse', 'vol-1 is already attached', { httpStatusCode: 400 }),
    )
    expect(error).toBeInstanceOf(AwsError)
    expect(error).toMatchObject({
      code: 'VolumeInUse',
      missingPermission: null,
      requestId: null,
      message: 'AWS answers AttachVolume with VolumeInUse: vol-1 is already attached',
    })
  })
})

describe('what never reached AWS', () => {
  it('for want of credentials is found before anything is changed', () => {
    const error = translate('DescribeVolumes', failure('CredentialsProviderError', 'Could not load credentials'))
    expect(error).toBeInstanceOf(PreflightError)
    expect(error).toMatchObject({ code: 'no-credentials', next: [{ command: 'aws configure list' }] })
  })

  it('because the operator left is passed on as it is', () => {
    const error = failure('AbortError', 'aborted')
    expect(translate('DescribeVolumes', error)).toBe(error)
  })

  it('is an error of ours as it was', () => {
    const error = new Bug('no EC2 call X')
    expect(translate('X', error)).toBe(error)
  })

  it('for want of a listener says that the endpoint is unreachable', async () => {
    const server = createServer()
    const port = await listening(server)
    await closed(server)
    const aws = await awsAt(`http://127.0.0.1:${port}`)
    expect(await thrownBy(aws.send(describeVolumes({})))).toMatchObject({
      name: 'AwsError',
      code: 'endpoint-unreachable',
      action: 'DescribeVolumes',
    })
  })
})

describe('a client of a real endpoint', () => {
  it('says who it is', async () => {
    await using lab = await testLab()
    const { account, arn } = await (await awsAt(lab.cloud.sts)).send(callerIdentity())
    expect(account).toBe(world.accountId)
    expect(arn).toContain(world.accountId)
  })

  it('reads volumes and instances', async () => {
    await using lab = await testLab()
    const aws = await awsAt(lab.cloud.ec2)
    expect(await aws.send(describeVolumes({ 'volume-id': [root.volumeId] }))).toMatchObject([
      { volumeId: root.volumeId, state: 'in-use', snapshotId: null, attachments: [{ instanceId: web.instanceId }] },
    ])
    expect(await aws.send(describeInstance(web.instanceId))).toMatchObject({
      state: 'running',
      type: 'm5.large',
      zone: 'eu-central-1a',
      tags: { Name: 'web' },
    })
  })

  it("gives AWS's error for an id that is not there", async () => {
    await using lab = await testLab()
    const error = await thrownBy((await awsAt(lab.cloud.ec2)).send(describeSnapshot('snap-0fffffffffffffff0')))
    expect(error).toBeInstanceOf(AwsError)
    expect(error).toMatchObject({ code: 'InvalidSnapshot.NotFound', requestId: expect.stringMatching(/\w/) as unknown })
  })

  it('follows a listing to its last page, each snapshot once', async () => {
    const snapshots = Array.from({ length: 2345 }, (_, n) => ({
      ...nightly,
      snapshotId: `snap-${n.toString(16).padStart(17, '0')}`,
    }))
    await using lab = await testLab({ snapshots })
    const found = await (await awsAt(lab.cloud.ec2)).send(describeSnapshots({}))
    expect(found.map((each) => each.snapshotId).toSorted()).toEqual(snapshots.map((each) => each.snapshotId))
    expect(lab.cloud.log.map((each) => each.action)).toEqual(Array(3).fill('DescribeSnapshots'))
  })

  it('asks one page of a listing that did not ask for pages', async () => {
    await using lab = await testLab()
    await (await awsAt(lab.cloud.ec2)).send(describeVolumes({}))
    expect(lab.cloud.log).toHaveLength(1)
  })

  it('calls an answer that it cannot read a bug, not a network failure', async () => {
    await using lab = await testLab()
    const command: AwsCommand<string> = {
      ...describeVolumes({}),
      parse: () => {
        throw new TypeError('no such field')
      },
    }
    const error = await thrownBy((await awsAt(lab.cloud.ec2)).send(command))
    expect(error).toBeInstanceOf(Bug)
    expect(error).toMatchObject({ message: expect.stringContaining('no such field') as unknown })
  })

  it('ends at once when it is told to', async () => {
    const asked = Promise.withResolvers<void>()
    const server = createServer(() => asked.resolve())
    onTestFinished(() => void server.close())
    const controller = new AbortController()
    const aws = await awsAt(`http://127.0.0.1:${await listening(server)}`)
    const sending = thrownBy(aws.send(describeVolumes({}), controller.signal))
    await asked.promise
    controller.abort()
    expect(await sending).toMatchObject({ name: 'AbortError' })
  })
})

const set = (id: string | undefined): string =>
  id === undefined ? '' : `<snapshotSet><item><snapshotId>${id}</snapshotId></item></snapshotSet>`

/** An endpoint that answers with these pages, one after the other. */
async function pages(...ids: (string | undefined)[]): Promise<string> {
  let at = 0
  const server = createServer((_, response) => {
    const next = at + 1 < ids.length ? `<nextToken>${at + 1}</nextToken>` : ''
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.end(`<DescribeSnapshotsResponse>${set(ids[at++])}${next}</DescribeSnapshotsResponse>`)
  })
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${await listening(server)}`
}

describe('pages', () => {
  it.each([[['a', 'b', 'c']], [['a', undefined]], [[undefined, 'b']], [['a', undefined, 'c']]])(
    'of which some are empty lose nothing: %j',
    async (ids) => {
      const found = await (await awsAt(await pages(...ids))).send(describeSnapshots({}))
      expect(found.map((each) => each.snapshotId)).toEqual(ids.filter((id) => id !== undefined))
    },
  )
})

it('every error that is translated is one of ours', () => {
  expect(translate('X', failure('Throttling', 'slow down', { httpStatusCode: 503 }))).toBeInstanceOf(LifeboatError)
})
