import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accountAlias } from '../../src/remote/aws/account.ts'
import type { Fact } from '../../src/steps/step.ts'
import { targetChoice } from '../../src/steps/target.ts'
import { lookAtInstance, type TargetInstance } from '../../src/steps/target-instance.ts'
import { web, world } from '../lab/cloud/helpers.ts'
import { awsAt } from '../remote/aws/aws-at.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { listening } from '../remote/host/listening.ts'
import { awsRun, type AwsRun } from './aws-run.ts'

const named = { accountAlias: 'prod-ops' }
const host = { instance: web.instanceId }

/** What is found out of the instance, and said meanwhile. */
async function look({ run }: AwsRun): Promise<{ readonly found: TargetInstance; readonly said: string }> {
  const looking = lookAtInstance(run)
  const facts: Fact[] = []
  for (;;) {
    const { done, value } = await looking.next()
    if (done === true) return { found: value, said: facts.map(({ text }) => text).join('\n') }
    facts.push(value)
  }
}

const asked = ({ cloud }: AwsRun): number => cloud.log.filter(({ service }) => service === 'iam').length

describe('the account of the instance', () => {
  it('is told by its alias and its number', async () => {
    await using run = await awsRun(named, { host })
    const { found, said } = await look(run)
    expect(found).toMatchObject({ account: world.accountId, accountAlias: 'prod-ops' })
    expect(said).toContain(`AWS account prod-ops ${world.accountId} as arn`)
  })

  it('is told by its number where it has no alias', async () => {
    await using run = await awsRun({}, { host })
    const { found, said } = await look(run)
    expect(found.accountAlias).toBeNull()
    expect(said).toContain(`AWS account ${world.accountId} as arn`)
  })

  it('is told by its number, without a word or a second try, where the alias may not be read', async () => {
    await using run = await awsRun({ ...named, denied: ['iam:ListAccountAliases'] }, { host })
    expect((await look(run)).found.accountAlias).toBeNull()
    expect(run.cloud.log.flatMap(({ code }) => code ?? [])).toEqual(['AccessDenied'])
    expect(run.findings('warn')).toEqual([])
  })

  it.each([
    ['is in trouble', { kind: 'error', code: 'ServiceUnavailable' }],
    ['breaks the connection', { kind: 'reset' }],
    ['is a portal', { kind: 'html', status: 200 }],
  ] as const)('is told by its number where IAM %s, which is asked once', async (_, fault) => {
    await using run = await awsRun(named, { host })
    run.cloud.faults.inject({ action: 'ListAccountAliases', fault })
    expect((await look(run)).found.accountAlias).toBeNull()
    expect(asked(run)).toBe(1)
  })

  it('is not asked for its alias where nobody said where IAM is', async () => {
    await using run = await awsRun(named, { host: { ...host, account_alias: false } })
    expect((await look(run)).found.accountAlias).toBeNull()
    expect(asked(run)).toBe(0)
  })
})

it('an IAM that never answers is given up soon', async () => {
  const server = createServer(() => {})
  onTestFinished(() => server.close().closeAllConnections())
  const aws = await awsAt(`http://127.0.0.1:${await listening(server)}`)
  const before = performance.now()
  expect(await thrownBy(aws.send(accountAlias()))).toMatchObject({ code: 'endpoint-unreachable' })
  expect(performance.now() - before).toBeLessThan(6_000)
}, 15_000)

it('the target of an older journal has no alias, and no plan is held to one', () => {
  const older = { host: 'web', hostId: '', hostName: '', timeZone: 'UTC', zfs: '2', backups: [], cron: [] }
  const instance = { account: '1', instanceId: 'i', instanceType: 't', zone: 'z', maxAttachments: null }
  const parsed = targetChoice.answer.parse({ ...older, ...instance })
  expect(parsed.accountAlias).toBeNull()
  expect(targetChoice.lasting?.({ ...parsed, accountAlias: 'prod-ops' })).toEqual(targetChoice.lasting?.(parsed))
})
