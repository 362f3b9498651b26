// What is random in a lab comes from its seed.
import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { expect, it } from 'vitest'
import { scenarioNamed } from '../../src/commands/lab-options.ts'
import { startLab } from '../../src/lab/lab.ts'
import { temporaryFolder } from './host/temporary-folder.ts'

/** How AWS answers the same thirty requests, one after the other. */
async function answers(seed: number): Promise<string[]> {
  const cacheDir = await temporaryFolder()
  const lab = await startLab({
    cacheDir,
    host: 'simulated',
    delays: 'none',
    scenario: scenarioNamed('aws-throttled'),
    seed,
  })
  const { ec2: endpoint, region, accessKeyId, secretAccessKey } = lab.ready
  const client = new EC2Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 })
  try {
    const said: string[] = []
    for (let request = 0; request < 30; request++)
      said.push(
        await client.send(new DescribeVolumesCommand({})).then(
          () => 'answered',
          (error: unknown) => (error instanceof Error ? error.name : 'refused'),
        ),
      )
    return said
  } finally {
    client.destroy()
    await lab.close()
  }
}

it('the same seed twice gives the same faults, another one others', async () => {
  const [first, second, other] = [await answers(7), await answers(7), await answers(8)]
  expect(new Set(first).size).toBeGreaterThan(1)
  expect(second).toEqual(first)
  expect(other).not.toEqual(first)
})
