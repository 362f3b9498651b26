import { describe, expect, it } from 'vitest'
import { pasted } from '../../src/commands/connections.ts'
import { parseConfig, profileOf } from '../../src/run/config.ts'

const where = (text: string) => {
  const config = parseConfig(text, '/etc/lifeboat/config.toml')
  return { config, host: profileOf(config, 'web'), region: 'eu-central-1', hostKey: undefined }
}

const configured = where('[ssh]\nconfig = "ssh config"\n[[hosts]]\nname = "web"\nssh = "admin@web.example"\n')

const unmet = { launched: undefined, user: undefined }

describe('a line for the host, as an operator can paste it', () => {
  it('goes by the config’s own ssh configuration and destination', () => {
    expect(pasted(configured, unmet, "zfs hold a 'b c'")).toBe(
      `ssh -F '/etc/lifeboat/ssh config' admin@web.example 'zfs hold a '\\''b c'\\'''`,
    )
  })

  it('goes to the instance that was launched, and not to the old one of the same name', () => {
    const launched = { instanceId: 'i-0aaaaaaaaaaaaaaaa', address: '203.0.113.7' }
    expect(pasted(configured, { launched, user: 'root' }, 'zpool export tank')).toBe(
      "ssh -F '/etc/lifeboat/ssh config' -o 'HostName=203.0.113.7' -o 'HostKeyAlias=i-0aaaaaaaaaaaaaaaa' admin@web.example 'zpool export tank'",
    )
  })

  it('becomes root where the login is not', () => {
    expect(pasted(configured, { ...unmet, user: 'admin' }, "zfs hold a 'b c'")).toBe(
      `ssh -t -F '/etc/lifeboat/ssh config' admin@web.example 'sudo /bin/sh -c '\\''zfs hold a '\\''\\'\\'''\\''b c'\\''\\'\\'''\\'''\\'''`,
    )
  })

  it('runs here where this machine is the host', () => {
    expect(pasted(where('[[hosts]]\nname = "web"\nvia = "local"\n'), unmet, 'zpool export tank')).toBe(
      "sudo /bin/sh -c 'zpool export tank'",
    )
  })
})
