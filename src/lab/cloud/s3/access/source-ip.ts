import type { CloudWorld } from '../../world.ts'

/** The address that policies see a request come from: the peer's, unless the world has another for it. */
export function peerAddress(
  remote: string | undefined,
  host: string | undefined,
  { sourceIps = {} }: CloudWorld,
): string {
  const peer = (remote ?? '').replace(/^::ffff:/, '')
  const calledBy = (host ?? '').replace(/:\d+$/, '')
  return sourceIps[calledBy] ?? sourceIps[peer] ?? peer
}
