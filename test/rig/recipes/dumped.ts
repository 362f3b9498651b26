// Data of one kind on the real host, with a service that serves it and a dump of it in S3.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpackTar } from 'modern-tar'
import { sh } from '../../../src/text/quote.ts'
import { dated, outputOf, put, type DumpScene } from '../dump-scene.ts'

export interface Dumped {
  /** What it is, as a test is called. */
  readonly title: string
  /** What the config says of its dumps. */
  readonly entry: Readonly<Record<string, unknown>> & { readonly from: string; readonly into: string }
  /** More that the config says of the host. */
  readonly host?: Readonly<Record<string, unknown>>
  /** The unit that serves it; served.service unless said. */
  readonly unit?: string
  /** What the encrypted dump is opened with, where it is typed. */
  readonly passphrase?: string
  /** A line that puts out all there is to know of the data. */
  readonly look: string
  /** Lines on the host: makes the data as it was when it was dumped, and takes it away after the case. */
  readonly make: string
  readonly remove: string
  /** Puts the dump into S3 while the data is as it is to be. */
  dump(scene: DumpScene): Promise<void>
  /** A line that spoils the data. */
  readonly spoil: string
  /** Lines that fill the disk, and give it room again; the root disk's unless said. And the step that needs the room. */
  readonly fill?: string
  readonly empty?: string
  readonly fillsAt?: string
  /** Whether it can be put in place as it comes from S3. */
  readonly isStreamable?: boolean
  /** Whether another test restores it on the real host, or what differs little from it. */
  readonly isElsewhere?: boolean
  /** How the key of the object ends that is damaged on a bad day. */
  readonly damaged: string
}

/** The key of yesterday's objects. */
export const yesterdays = (prefix: string, name: string): string => `${prefix}/${dated(1)}/${name}`

/** A file of the tests, on the host. */
async function putFile(scene: DumpScene, path: string, local: string): Promise<void> {
  const stdin = await readFile(join(import.meta.dirname, local), 'utf8')
  const { code, stderr } = await scene.rig.vm.run(sh`cat > ${path} && chmod 755 ${path}`, { stdin })
  if (code !== 0) throw new Error(stderr)
}

/** Puts a stand-in where a command of its name is found. @param env what it is to have in its environment */
export async function standIn(scene: DumpScene, name: string, env: Readonly<Record<string, string>>): Promise<void> {
  scene.later(() => scene.ssh(sh`rm -f ${`/usr/local/bin/${name}`} ${`/root/${name}`}`))
  await putFile(scene, `/root/${name}`, `../../stand-ins/${name}`)
  const set = Object.entries(env).map(([key, value]) => sh`${key}=${value}`)
  const text = `#!/bin/sh\n${set.map((each) => `export ${each}\n`).join('')}exec /root/${name} "$@"\n`
  await scene.ssh(sh`printf %s ${text} > ${`/usr/local/bin/${name}`}; chmod 755 ${`/usr/local/bin/${name}`}`)
}

/** Each file of a folder on the host, as an object of yesterday below a prefix. */
export async function putFolder(scene: DumpScene, folder: string, prefix: string): Promise<void> {
  const entries = await unpackTar(await outputOf(scene, sh`tar -C ${folder} --format=pax -cf - .`))
  for (const { header, data = new Uint8Array() } of entries)
    if (header.type === 'file')
      await put(scene, yesterdays(prefix, header.name.replace(/^\.\//, '')), Buffer.from(data))
}

export interface Looks {
  /** What the data was when it was dumped, and what it is when somebody comes. */
  readonly dumped: string
  readonly spoilt: string
}

const unitOf = ({ unit = 'served.service' }: Dumped): string => unit

/** Makes all of it on the host and in S3. */
export async function withDumped(scene: DumpScene, kind: Dumped): Promise<Looks> {
  const unit = unitOf(kind)
  await scene.onHost(kind.make, kind.remove)
  await putFile(scene, '/root/served.py', 'served.py')
  const text = `[Service]\nExecStart=/usr/bin/python3 /root/served.py ${JSON.stringify(kind.look.replaceAll('%', '%%').replaceAll('$', '$$$$'))}\n`
  await scene.onHost(
    sh`printf %s ${text} > ${`/etc/systemd/system/${unit}`} && systemctl daemon-reload && systemctl start ${unit}`,
    sh`systemctl stop ${unit}; rm -rf ${`/etc/systemd/system/${unit}`} ${`/etc/systemd/system/${unit}.d`} /root/served.py; systemctl daemon-reload`,
  )
  await scene.editHost({
    services: [unit],
    backups: [],
    probes: [{ kind: 'http', name: 'it serves', url: 'http://127.0.0.1:6690/' }],
    stable_seconds: 1,
    dumps: [{ name: 'data', ...kind.entry }],
    ...kind.host,
  })
  await kind.dump(scene)
  const dumped = await scene.ssh(kind.look)
  await scene.ssh(kind.spoil)
  // What a case that fails leaves is not to be in the way of the next one.
  scene.later(() => scene.undo())
  return { dumped, spoilt: await scene.ssh(kind.look) }
}

/** What the service says that its data is, by itself. Empty where it does not run. */
export const served = (scene: DumpScene): Promise<string> =>
  scene.ssh('curl -s --retry 20 --retry-delay 1 --retry-connrefused http://127.0.0.1:6690/data; true')

/** Which process serves it: another one where it was stopped in between. */
export const serving = (scene: DumpScene, kind: Dumped): Promise<string> =>
  scene.ssh(sh`systemctl show -p ActiveState -p InvocationID ${unitOf(kind)}`)
