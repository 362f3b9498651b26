import { expect } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scenario } from './operator.ts'

export const doesNotKnowTheHost: Scenario = {
  title: 'a host whose key nobody knows is shown with its fingerprint, and only y goes on',
  async play(operator, scene) {
    const known = join(scene.dir, 'known_hosts')
    await writeFile(known, '')
    await scene.editSsh((text) => text.replace(/UserKnownHostsFile .*/, `UserKnownHostsFile "${known}"`))
    const fingerprint = await scene.ssh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2")

    await operator.opens('--host', 'irc-1')
    await operator.sees(fingerprint)
    await operator.sees('y yes')
    operator.presses('no')
    await operator.sees('exit 5')
    operator.presses('choose')
    await operator.isLeftWith(5)
    operator.reads(/the host key of irc-1/)

    await operator.opens('--host', 'irc-1')
    await operator.sees(fingerprint)
    operator.presses('yes')
    await operator.isAsked('Where does the data come back from?')
    operator.presses('leave')
    await operator.isLeftWith(130)
    expect(await scene.dataVolumes()).toEqual([])
  },
}
