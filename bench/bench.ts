// npm run bench -- [start] [fetch] [fetch-rgw] [DATASETSxSNAPSHOTS…]: what starting costs, what fetching a dump costs (from
// the lab's S3, and from Ceph's), and pools of so many datasets, each with so many snapshots. Without a word: start, fetch,
// 1x100, 100x100, and 1000x100 once it is there, for to make its pool takes half an hour.
import { PreflightError } from '../src/text/errors.ts'
import { isFetch, measureFetch } from './fetch.ts'
import { isKept, sizeOf } from './pool-image.ts'
import { measureSnapshots } from './snapshots.ts'
import { measureStartUp } from './start-up.ts'

const large = { datasets: 1000, hours: 100 }
const asked = process.argv.slice(2)
const parts = asked.length > 0 ? asked : ['start', 'fetch', '1x100', '100x100', ...(isKept(large) ? ['1000x100'] : [])]
const unknown = parts.filter((part) => part !== 'start' && !isFetch(part) && sizeOf(part) === undefined)

async function measure(): Promise<void> {
  if (parts.includes('start')) measureStartUp()
  for (const part of parts.filter(isFetch)) await measureFetch(part)
  const wanted = parts.flatMap((part) => sizeOf(part) ?? [])
  if (wanted.length > 0) await measureSnapshots(wanted)
}

if (unknown.length > 0) {
  process.stderr.write(`no such part: ${unknown.join(', ')} (there are start, fetch, fetch-rgw and such as 100x100)\n`)
  process.exitCode = 2
} else {
  try {
    await measure()
  } catch (error) {
    if (!(error instanceof PreflightError) || error.code !== 'rig-not-built') throw error
    process.stdout.write('pools are not measured here: the real host is not built (npm run rig:setup)\n')
  }
}
