// Builds the program into a fresh folder and swaps it in by rename, so that a run going on never sees half a program.
import { build } from 'esbuild'
import { chmodSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const fresh = mkdtempSync(`${root}/dist.`)
// As any folder is made, not for one user only: whoever installs it need not be who runs it.
chmodSync(fresh, 0o777 & ~process.umask())
const old = `${fresh}.old`

try {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outdir: fresh,
    bundle: true,
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.12',
    mainFields: ['module', 'main'],
    // Optional native parts of ssh2: it works without them.
    // And what Ink would load for React's developer tools, when it is asked to.
    // The lab's shell and its database are loaded from their own packages: they bring programs of their own, and only the
    // lab needs them.
    external: ['cpu-features', '*.node', 'react-devtools-core', 'just-bash', '@electric-sql/pglite'],
    // React's own checks, which are for developers, would record every render and keep it.
    define: {
      LIFEBOAT_VERSION: JSON.stringify(version),
      LIFEBOAT_GUEST: '"guest"',
      'process.env.NODE_ENV': '"production"',
    },
    // What CommonJS packages expect to find.
    banner: {
      js: "import{createRequire as __cr}from'node:module';import{fileURLToPath as __fp}from'node:url';import{dirname as __dn}from'node:path';const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__dn(__filename);",
    },
    logLevel: 'warning',
  })
  // The files of the lab's host.
  cpSync(`${root}/src/lab/host/vm/image/guest`, `${fresh}/guest`, { recursive: true })
  try {
    renameSync(`${root}/dist`, old)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  renameSync(fresh, `${root}/dist`)
} finally {
  rmSync(old, { recursive: true, force: true })
  rmSync(fresh, { recursive: true, force: true })
}
