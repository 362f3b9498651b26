import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultCacheDir, fingerprint, stageKey } from '../../../src/lab/host/vm/cache.ts'
import { readWorld } from '../../../src/lab/host/vm/read-world.ts'
import { deviceArguments, forwardedPort, qemuArguments } from '../../../src/lab/host/vm/qemu.ts'
import { buildStage, prune, usersOf } from '../../../src/lab/host/vm/stage.ts'
import { startVm } from '../../../src/lab/host/vm/vm.ts'
import { temporaryFolder } from './temporary-folder.ts'

const stage = (build: (into: string) => Promise<void>) => ({ name: 'image', key: 'k1', doing: 'building', build })

test('the cache is where the variables say, the own one before the desktop one', () => {
  expect(defaultCacheDir({ LIFEBOAT_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/b' })).toBe('/b/lifeboat')
  expect(defaultCacheDir({ XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/lifeboat$/)
})

test('a key depends on each part and on where one ends', () => {
  expect(stageKey(['a', 'bc'])).toBe(stageKey(['a', 'bc']))
  expect(stageKey(['a', 'bc'])).not.toBe(stageKey(['ab', 'c']))
  expect(stageKey(['a', 'b'])).not.toBe(stageKey(['b', 'a']))
})

test('a fingerprint sees a change in a nested file, a new file and a new name', async () => {
  const at = await temporaryFolder()
  await mkdir(join(at, 'etc/deep'), { recursive: true })
  await writeFile(join(at, 'etc/deep/a'), '1')
  const seen = [await fingerprint([at])]
  await writeFile(join(at, 'etc/deep/a'), '2')
  seen.push(await fingerprint([at]))
  await writeFile(join(at, 'b'), '')
  seen.push(await fingerprint([at]))
  await writeFile(join(at, 'c'), '')
  seen.push(await fingerprint([at]))
  expect(new Set(seen).size).toBe(4)
  expect(await fingerprint([at])).toBe(seen.at(-1))
})

test('a stage is built once, and a build that fails leaves none', async () => {
  const rig = await temporaryFolder()
  const lines: string[] = []
  let builds = 0
  const failing = stage(async (into) => {
    await writeFile(join(into, 'half'), '')
    throw new Error('no space left')
  })
  await expect(buildStage(rig, failing, () => {})).rejects.toThrow('no space left')
  const working = stage(async (into) => {
    builds += 1
    await writeFile(join(into, 'file'), 'whole')
  })
  const built = await buildStage(rig, working, (line) => lines.push(line))
  expect(await buildStage(rig, working, (line) => lines.push(line))).toBe(built)
  expect(builds).toBe(1)
  expect(await readdir(built)).toEqual(['file'])
  expect(await readFile(join(built, 'file'), 'utf8')).toBe('whole')
  expect(lines).toEqual(['image: building …', expect.stringMatching(/^image: done in \d+\.\d s$/), 'image: cached'])
})

test('pruning removes old and unfinished stages, and neither kept ones, nor used ones, nor other files', async () => {
  const rig = await temporaryFolder()
  for (const name of ['root-new', 'root-old', 'unfinished-world-1', 'world-used', 'world-left', 'mine']) {
    await mkdir(join(rig, name))
  }
  await mkdir(usersOf(join(rig, 'world-used')))
  await writeFile(join(usersOf(join(rig, 'world-used')), `${process.pid}.x`), '')
  await mkdir(usersOf(join(rig, 'world-left')))
  // No process has so high an id (proc(5), pid_max).
  await writeFile(join(usersOf(join(rig, 'world-left')), `${2 ** 22 + 1}.x`), '')
  await writeFile(join(rig, 'rig.json'), '')
  await prune(rig, [join(rig, 'root-new')])
  expect((await readdir(rig)).toSorted()).toEqual(['mine', 'rig.json', 'root-new', 'world-used'])
})

test('without a rig, starting a machine and reading the world say how to build it', async () => {
  const cacheDir = await temporaryFolder()
  const notBuilt = { code: 'rig-not-built', next: [{ command: 'npm run rig:setup' }] }
  await expect(startVm({ cacheDir, runDir: join(cacheDir, 'run') })).rejects.toMatchObject(notBuilt)
  await expect(readWorld(cacheDir)).rejects.toMatchObject(notBuilt)
  await mkdir(join(cacheDir, 'rig'))
  const rig = { accel: 'tcg', qemuVersion: '7', image: '/nowhere', world: join(cacheDir, 'rig/world-gone') }
  await writeFile(join(cacheDir, 'rig/rig.json'), JSON.stringify(rig))
  await expect(startVm({ cacheDir, runDir: join(cacheDir, 'run') })).rejects.toMatchObject(notBuilt)
  await expect(readWorld(cacheDir)).rejects.toMatchObject(notBuilt)
})

test('the command line holds all devices, goes on from a saved state, and keeps a comma in a path', () => {
  const files = { imageDir: '/c/image', disk: '/run/a,b/host.qcow2', serialLog: '/run/a,b/serial.log' }
  const line = qemuArguments('tcg', files, 'ready')
  expect(line.slice(0, deviceArguments('tcg').length)).toEqual(deviceArguments('tcg'))
  expect(line.slice(-2)).toEqual(['-loadvm', 'ready'])
  expect(line.join(' ')).toContain('file=/run/a,,b/host.qcow2,if=none')
  expect(qemuArguments('kvm', files)).not.toContain('-loadvm')
})

test('finds the forwarded port in what QEMU tells of its network', () => {
  const told = [
    'Hub -1 (lan):',
    '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
    '  TCP[HOST_FORWARD]  11       127.0.0.1 39091       10.0.2.15    22     0     0',
  ].join('\r\n')
  expect(forwardedPort(told)).toBe(39091)
  expect(forwardedPort('Hub -1 (lan):')).toBeNull()
})
