import { accountAlias } from '../../../src/remote/aws/account.ts'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { awsCliText } from '../../../src/remote/aws/cli-text.ts'
import {
  attachVolume,
  callerIdentity,
  createVolume,
  deleteTags,
  describeInstanceType,
} from '../../../src/remote/aws/ec2.ts'
import { describeSnapshots } from '../../../src/remote/aws/snapshots.ts'
import type { AwsCommand } from '../../../src/remote/command.ts'

const command = (action: string, input: object): AwsCommand<unknown> => ({
  kind: 'aws',
  service: 'ec2',
  action,
  input,
  reads: true,
  parse: (output) => output,
})

/** The words of a line as a shell reads them. */
async function words(line: string): Promise<string[]> {
  const { stdout } = await execa('/bin/sh', ['-c', `aws() { printf '%s\\0' "$@"; }\n${line}`])
  return stdout.split('\0').slice(0, -1)
}

describe('an AWS call as a line', () => {
  it('is attaching', () => {
    expect(awsCliText(attachVolume('vol-1', 'i-1', '/dev/sdf'))).toBe(
      'aws ec2 attach-volume --volume-id vol-1 --instance-id i-1 --device /dev/sdf',
    )
  })

  it('is making a volume, with every option in the words of the CLI and JSON that a shell leaves alone', async () => {
    const tags = { 'lifeboat:host': `ann's "web"`, Name: 'a b' }
    const made = createVolume({
      snapshotId: 'snap-1',
      zone: 'eu-central-1a',
      type: 'gp3',
      sizeGiB: 100,
      initRate: 300,
      clientToken: 'token',
      tags,
    })
    const [, action, ...options] = await words(awsCliText(made))
    expect(action).toBe('create-volume')
    expect(options.filter((each) => each.startsWith('--'))).toEqual([
      '--snapshot-id',
      '--availability-zone',
      '--volume-type',
      '--size',
      '--volume-initialization-rate',
      '--client-token',
      '--tag-specifications',
    ])
    expect(options[options.indexOf('--volume-initialization-rate') + 1]).toBe('300')
    expect(JSON.parse(options.at(-1) ?? '')).toEqual([
      { ResourceType: 'volume', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    ])
  })

  it('is listing snapshots without the size of a page', () => {
    expect(awsCliText(describeSnapshots({ 'volume-id': ['vol-1'] }))).toBe(
      `aws ec2 describe-snapshots --owner-ids self --filters '[{"Name":"volume-id","Values":["vol-1"]}]'`,
    )
  })

  it('is asking who one is', () => {
    expect(awsCliText(callerIdentity())).toBe('aws sts get-caller-identity')
  })

  it('is asking for the name of the account', () => {
    expect(awsCliText(accountAlias())).toBe('aws iam list-account-aliases')
  })

  it('gives a list as words', () => {
    expect(awsCliText(describeInstanceType('m5.large'))).toBe(
      'aws ec2 describe-instance-types --instance-types m5.large',
    )
    expect(awsCliText(deleteTags('vol-1', ['a b']))).toBe(
      `aws ec2 delete-tags --resources vol-1 --tags '[{"Key":"a b"}]'`,
    )
  })

  it.each([
    [true, '--dry-run'],
    [false, '--no-dry-run'],
  ])('gives %s as a flag', (DryRun, flag) => {
    expect(awsCliText(command('DeleteVolume', { DryRun }))).toBe(`aws ec2 delete-volume ${flag}`)
  })

  it('leaves out what is not given', () => {
    expect(awsCliText(command('DescribeVolumes', { Filters: [], VolumeIds: undefined }))).toBe(
      'aws ec2 describe-volumes',
    )
  })

  it.each([
    ['KmsKeyId', '--kms-key-id'],
    ['IAMProfile', '--iam-profile'],
    ['SourceDBType', '--source-db-type'],
    ['Ipv6Address', '--ipv6-address'],
  ])('writes %s as %s', (name, flag) => {
    expect(awsCliText(command('Any', { [name]: 'x' }))).toBe(`aws ec2 any ${flag} x`)
  })
})
