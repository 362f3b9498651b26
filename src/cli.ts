// The environment only: what has to be set before any library is loaded. Then the program.
import { enableCompileCache } from 'node:module'

// What draws the screens knows only this variable (https://no-color.org names the other).
if ((process.env.NO_COLOR ?? '') !== '') process.env.FORCE_COLOR = '0'
enableCompileCache()

const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
