#!/usr/bin/env node
// Finds the built program. Plain JavaScript that any Node can read, to be able to say what is missing.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = new URL('../dist/cli.js', import.meta.url)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `lifeboat: Node ${process.versions.node} is too old, 22.12 or newer is needed\nhint: npx lifeboat, in the project's folder, uses the project's own Node\n`,
  )
  process.exitCode = 2
} else if (existsSync(fileURLToPath(built))) {
  await import(built.href)
} else {
  process.stderr.write('lifeboat: nothing is built yet\nhint: npm ci\n')
  process.exitCode = 2
}
