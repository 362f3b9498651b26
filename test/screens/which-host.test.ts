// Which host: asked before there is a run, of the config and of an endpoint that speaks EC2's protocol.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startCloud } from '../../src/lab/cloud/start-cloud.ts'
import { web, world } from '../lab/cloud/helpers.ts'
import { Pty } from './pty.ts'

const evil: typeof web = {
  ...web,
  instanceId: 'i-0cccccccccccccccc',
  tags: { Name: 'db\u001b[2J 2', role: 'it is "mine"' },
}
const ours: typeof web = { ...web, instanceId: 'i-0bbbbbbbbbbbbbbbb', tags: { Name: 'irc' } }

/** A config with one host, and the flags that name it. `denied`: what its identity may not do. */
async function place({ denied = [] as readonly string[], hosts = true } = {}): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'lifeboat-host-'))
  const cloud = await startCloud({
    world: { ...world, instances: [web, ours, evil], denied },
    hosts: new Map(),
    dir: join(dir, 'disks'),
    delays: 'none',
  })
  onTestFinished(async () => {
    await cloud.close()
    await rm(dir, { recursive: true, force: true })
  })
  const credentials = join(dir, 'credentials')
  const keys = [`aws_access_key_id = ${world.accessKeyId}`, `aws_secret_access_key = ${world.secretAccessKey}`]
  await writeFile(credentials, ['[default]', ...keys, ''].join('\n'))
  const aws = { region: world.region, credentials_file: credentials, endpoint_ec2: cloud.ec2, endpoint_sts: cloud.ec2 }
  const lines = ['[aws]', ...Object.entries(aws).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)]
  const host = ['[[hosts]]', 'name = "irc-1"', `instance = "${ours.instanceId}"`, 'services = ["chat.service"]']
  const config = join(dir, 'lifeboat.toml')
  await writeFile(config, `${[...lines, ...(hosts ? host : [])].join('\n')}\n`)
  return ['--config', config, '--state-dir', join(dir, 'state')]
}

it('is one of the config, which says what it does not know of it, or one of EC2 by its tags', async () => {
  await using terminal = new Pty(await place())
  await terminal.shows('❯ irc-1  i-0bbbbbbbbbbbbbbbb  in the config')
  await terminal.shows('the config does not say its volume or the tags of its EBS snapshots')
  // What the config has is not there twice, and what a tag holds does no harm.
  await terminal.shows(/web {4}i-0aaaaaaaaaaaaaaaa {2}running {8}m5\.large {2}eu-central-1a/)
  expect(terminal.text().match(/i-0bbbbbbbbbbbbbbbb/g)).toHaveLength(1)
  terminal.press('filter')
  terminal.type('mine')
  terminal.press('choose')
  await terminal.shows(/❯ db 2 {3}i-0cccccccccccccccc/)
  await terminal.shows(/role=it is\s+"mine"/)
  terminal.press('leave')
  expect(await terminal.ended()).toBe(130)
})

it('that was chosen in EC2 begins the run with its instance', async () => {
  await using terminal = new Pty(await place())
  await terminal.shows('❯ irc-1')
  terminal.press('down')
  await terminal.shows('❯ web')
  terminal.press('choose')
  await terminal.shows('· web ·')
  // Its instance is asked for first; what is known of it may be gone from the screen as fast as the name is not found.
  await terminal.shows(/instance i-0aaaaaaaaaaaaaaaa is running|ssh|no address is known for web/)
  terminal.press('stop')
  expect(await terminal.ended()).toBeGreaterThan(0)
})

it('can be named where EC2 may not be asked, and the screen says why', async () => {
  await using terminal = new Pty(await place({ denied: ['ec2:DescribeInstances'], hosts: false }))
  await terminal.shows('EC2 is not asked for more hosts')
  await terminal.shows('ec2:DescribeInstances')
  await terminal.shows('there is nothing to choose from; o types')
  terminal.press('other')
  terminal.type('nowhere.invalid\r')
  await terminal.shows('· nowhere.invalid ·')
  terminal.press('stop')
  expect(await terminal.ended()).toBeGreaterThan(0)
})
