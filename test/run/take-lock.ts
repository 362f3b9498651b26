// A process that takes the lock of a folder, says whether it got it, and keeps it until its standard input ends.
import { once } from 'node:events'
import { lockFolder } from '../../src/run/process-lock.ts'

const [folder = ''] = process.argv.slice(2)
try {
  const unlock = lockFolder(folder)
  process.stdout.write('locked\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  unlock()
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
}
