// The environment only: what has to be set before any library is loaded. Then the program.
import { enableCompileCache } from 'node:module'

process.env.NODE_ENV ??= 'production'
enableCompileCache()

const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
