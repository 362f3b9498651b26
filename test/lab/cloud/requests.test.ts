import { CreateVolumeCommand, DescribeVolumesCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { refusal, testLab } from './helpers.ts'

test('an action that is not covered is no action', async () => {
  await using lab = await testLab()
  await expect(lab.ec2.send(new DescribeVpcsCommand({}))).rejects.toThrow(
    'The action DescribeVpcs is not valid for this web service.',
  )
  expect(await refusal(lab.ec2.send(new DescribeVpcsCommand({})))).toBe('InvalidAction 400')
  const role = { RoleArn: 'arn:aws:iam::123456789012:role/x', RoleSessionName: 'x' }
  expect(await refusal(lab.sts.send(new AssumeRoleCommand(role)))).toBe('InvalidAction 400')
})

test('each request is logged with its parameters, its status and its code, and without what signed it', async () => {
  await using lab = await testLab()
  await lab.ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'status', Values: ['in-use'] }] }))
  await refusal(lab.ec2.send(new CreateVolumeCommand({ Size: 1, ClientToken: 'once' })))
  await fetch(`${lab.cloud.ec2}/?Action=DescribeVolumes&X-Amz-Signature=0123&X-Amz-Credential=AKIA`)
  expect(lab.cloud.log).toMatchObject([
    { service: 'ec2', action: 'DescribeVolumes', status: 200, code: null },
    { service: 'ec2', action: 'CreateVolume', status: 400, code: 'MissingParameter' },
    { service: 'ec2', action: 'DescribeVolumes', status: 403, code: 'MissingAuthenticationToken' },
  ])
  expect(lab.cloud.log.map((request) => request.parameters)).toEqual([
    { 'Filter.1.Name': 'status', 'Filter.1.Value.1': 'in-use' },
    { Size: '1', ClientToken: 'once' },
    {},
  ])
})

test('the given ids and clock are used', async () => {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000)
  await using lab = await testLab({}, { clock: () => now, ids: () => '0123456789abcdef0' })
  const { CreateTime, VolumeId } = await lab.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }),
  )
  expect({ CreateTime, VolumeId }).toEqual({ CreateTime: now, VolumeId: 'vol-0123456789abcdef0' })
})

test('two clouds at once know nothing of each other', async () => {
  await using one = await testLab()
  await using two = await testLab()
  await one.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }))
  expect([one.cloud.volumes().length, two.cloud.volumes().length]).toEqual([2, 1])
})
