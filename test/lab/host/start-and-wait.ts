// start-and-wait.ts RUN-DIR: starts a machine, tells its process id and waits to be killed.
import { defaultCacheDir } from '../../../src/lab/host/vm/cache.ts'
import { startVm } from '../../../src/lab/host/vm/vm.ts'

const [runDir] = process.argv.slice(2)
if (runDir === undefined) throw new Error('usage: start-and-wait.ts RUN-DIR')
const vm = await startVm({ cacheDir: defaultCacheDir(), runDir })
process.stdout.write(`${vm.pid}\n`)
setInterval(() => {}, 60_000)
