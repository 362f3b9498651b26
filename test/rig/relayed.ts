import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startRelay, type Relay } from '../remote/host/relay.ts'
import type { Scene } from './rig.ts'

/** Puts a stretch of network between the program and the host, which can be cut. */
export async function relayed(scene: Scene): Promise<Relay> {
  const { port, knownHostsFile } = scene.rig.vm.ssh
  const relay = await startRelay(port)
  const known = join(scene.dir, 'known_hosts')
  await writeFile(known, (await readFile(knownHostsFile, 'utf8')).replace(`${port}`, `${relay.port}`))
  await scene.editSsh((text) =>
    text.replace(/Port .*/, `Port ${relay.port}`).replace(/UserKnownHostsFile .*/, `UserKnownHostsFile "${known}"`),
  )
  return relay
}
