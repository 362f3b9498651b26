// How the configuration's proxy settings become programs.
import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../../src/remote/host/parse-settings.ts'
import { expandProxyCommand, jumpArguments } from '../../../src/remote/host/proxy.ts'

const local = { home: '/home/op', user: 'op', uid: 1000, hostname: 'laptop' }
const settingsOf = (destination: string, ...lines: readonly string[]) =>
  parseSettings(['hostname 10.0.0.1', 'port 2200', 'user joe', ...lines].join('\n'), { destination, local, env: {} })

describe('a ProxyCommand', () => {
  it.each([
    ['box', 'nc -x %r@%h:%p %n %k %%h 100%', 'nc -x joe@10.0.0.1:2200 box box %h 100%'],
    ['joe@box', 'ssh-proxy %n', 'ssh-proxy box'],
    ['ssh://joe@box:2200', 'ssh-proxy %n %x', 'ssh-proxy box %x'],
  ])('of %s gets its tokens', (destination, command, expanded) => {
    expect(expandProxyCommand(command, settingsOf(destination))).toBe(expanded)
  })

  it('gets the alias of the host’s key', () => {
    expect(expandProxyCommand('%k', settingsOf('box', 'hostkeyalias other'))).toBe('other')
  })
})

describe('a ProxyJump', () => {
  const own = ['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ControlMaster=no']
  it.each([
    ['bastion', undefined, ['-W', '[10.0.0.1]:2200', '--', 'bastion']],
    ['me@bastion:24', '/cfg', ['-F', '/cfg', '-l', 'me', '-p', '24', '-W', '[10.0.0.1]:2200', '--', 'bastion']],
    ['a,b@c:1,me@[::1]:24', undefined, ['-l', 'me', '-p', '24', '-J', 'a,b@c:1', '-W', '[10.0.0.1]:2200', '--', '::1']],
    ['ssh://me@bastion:24', undefined, ['-W', '[10.0.0.1]:2200', '--', 'ssh://me@bastion:24']],
  ])('by %s is what ssh would run', (jumps, configFile, args) => {
    expect(jumpArguments(settingsOf('box'), jumps, configFile)).toEqual([...own, ...args])
  })
})
