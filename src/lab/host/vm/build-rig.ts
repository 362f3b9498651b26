// The stages of the rig in their order, and what each of them depends on.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { measureAccel } from './accel.ts'
import { fingerprint, rigDir, stageKey } from './cache.ts'
import { isStale } from '../calendar.ts'
import { lock } from './lock.ts'
import { readManifest } from '../manifest.ts'
import { deviceArguments, kernelCommandLine, qemuVersion } from './qemu.ts'
import { makeReady } from './ready.ts'
import { writeRig, type Accel, type Rig } from './rig.ts'
import { debianSuite, imageScripts, runScript } from './scripts.ts'
import { buildStage, prune, seconds, type Say } from './stage.ts'
import { makeWorld, weekProgram } from './world.ts'

const script = (name: string): string => join(imageScripts, name)
const here = (name: string): string => join(import.meta.dirname, name)

/** Builds what is not in the cache, removes what is no longer of use, and writes down which stages make up the rig. */
export async function buildRig(cacheDir: string, say: Say): Promise<Rig> {
  const rig = rigDir(cacheDir)
  await mkdir(rig, { recursive: true })
  const held = await lock(join(rig, 'setup.lock'), () => say('another set-up runs on this cache; waiting for it'))
  try {
    await installPackages(say)
    const { stages, ...current } = await buildStages(rig, say)
    await writeRig(cacheDir, current)
    await prune(rig, stages)
    return current
  } finally {
    await held.release()
  }
}

async function installPackages(say: Say): Promise<void> {
  const started = performance.now()
  const missing = await runScript('packages.sh', ['--missing'])
  if (missing === '') return say('packages: installed already')
  say(`packages: installing ${missing.trim().replaceAll('\n', ', ')} …`)
  await runScript('packages.sh')
  say(`packages: done in ${seconds(started)} s`)
}

async function buildStages(rig: string, say: Say): Promise<Rig & { readonly stages: readonly string[] }> {
  const suite = await debianSuite()
  const modulesKey = stageKey([suite, await fingerprint([script('lib.sh'), script('modules.sh')])])
  const modules = await buildStage(
    rig,
    {
      name: 'modules',
      key: modulesKey,
      doing: "building OpenZFS for Debian's kernel (5 to 9 minutes)",
      build: async (into) => void (await runScript('modules.sh', [into])),
    },
    say,
  )
  const rootKey = stageKey([suite, await fingerprint([script('lib.sh'), script('root.sh')])])
  const root = await buildStage(
    rig,
    {
      name: 'root',
      key: rootKey,
      doing: "unpacking the guest's packages (about 1 minute)",
      build: async (into) => void (await runScript('root.sh', [into])),
    },
    say,
  )
  const imageKey = stageKey([
    modulesKey,
    rootKey,
    await fingerprint([script('image.sh'), script('init'), script('guest')]),
  ])
  const image = await buildStage(
    rig,
    {
      name: 'image',
      key: imageKey,
      doing: "putting the guest's disk together",
      build: async (into) => void (await runScript('image.sh', [into, modules, root])),
    },
    say,
  )
  const version = await qemuVersion()
  const accelStage = await buildStage(
    rig,
    {
      name: 'accel',
      key: stageKey([imageKey, version, release(), cpus()[0]?.model ?? '', await fingerprint([here('accel.ts')])]),
      doing: 'finding out whether KVM is of use here',
      build: async (into) => writeFile(join(into, 'accel'), await measureAccel(image)),
    },
    say,
  )
  const accel: Accel = (await readFile(join(accelStage, 'accel'), 'utf8')) === 'kvm' ? 'kvm' : 'tcg'
  say(`accel: ${accel}`)
  // The image's folder counts: the saved disk names it.
  const readyKey = stageKey([
    image,
    version,
    ...deviceArguments(accel),
    kernelCommandLine,
    await fingerprint([here('ready.ts')]),
  ])
  const ready = await buildStage(
    rig,
    {
      name: 'ready',
      key: readyKey,
      doing: 'booting the guest once and saving it',
      build: (into) => makeReady(into, { accel, imageDir: image }),
    },
    say,
  )
  const worldKey = stageKey([readyKey, await fingerprint([weekProgram, here('world.ts'), here('../calendar.ts')])])
  const nowMs = Date.now()
  const world = await buildStage(
    rig,
    {
      name: 'world',
      key: (await freshWorld(rig, worldKey, nowMs)) ?? `${worldKey}-${nowMs}`,
      doing: "living through the host's week (2 to 3 minutes)",
      build: (into) => makeWorld(into, { accel, imageDir: image, readyDir: ready, nowMs }),
    },
    say,
  )
  return { accel, qemuVersion: version, image, world, stages: [modules, root, image, accelStage, ready, world] }
}

// A world's key also has its time, because the same inputs make another world on another day.
async function freshWorld(rig: string, worldKey: string, nowMs: number): Promise<string | null> {
  const names = (await readdir(rig)).filter((name) => name.startsWith(`world-${worldKey}-`)).toSorted()
  const newest = names.at(-1)
  if (newest === undefined) return null
  const manifest = await readManifest(join(rig, newest)).catch(() => null)
  return manifest && !isStale(manifest.builtAt, nowMs) ? newest.slice('world-'.length) : null
}
