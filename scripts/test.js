// `npm test`: builds, then runs every test that can run on this machine, and says which can't and why.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`
const began = Date.now()
await import('./build.js')
process.stdout.write(`build: ${seconds(began)}\n`)

const cache = process.env.LIFEBOAT_CACHE_DIR ?? `${process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`}/lifeboat`
const projects = ['arrows', 'unit']
const missing = []
if (existsSync('/usr/sbin/sshd')) projects.push('sshd')
else missing.push('tests against a real sshd (openssh-server is not installed)')
if (existsSync(`${cache}/rig/rig.json`)) projects.push('rig')
else missing.push('tests on the real host (build it once: npm run rig:setup)')

if (missing.length > 0) process.stdout.write(`not run here: ${missing.join('; ')}\n`)
process.stdout.write(
  'not run here, for who has Ceph: what is restored from S3, from a real one (npm run check:rgw)\nskipped here, for who has hours: the further ways, states and bad days of the real host (npm run check:long), a pool of hundreds of datasets (npm run check:big), and whether the real host still says what the simulated one is compared with (npm run check:contract)\n',
)
if (missing.length > 0 && process.env.LIFEBOAT_REQUIRE_RIG === '1') {
  process.stdout.write(`LIFEBOAT_REQUIRE_RIG is set, so that is a failure\n0 passed, ${missing.length} failed\n`)
  process.exit(1)
}

let failed = false
if (process.argv.length > 2) failed = run(process.argv.slice(2))
else failed = run(['--tags-filter=!long', ...projects.flatMap((project) => ['--project', project])])
process.exitCode = failed ? 1 : 0

function run(args) {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    stdio: 'inherit',
  })
  return status !== 0
}
