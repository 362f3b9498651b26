// The keys of the operator's ssh agent, in the order in which ssh would try them.
import ssh2, {
  type BaseAgent,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2'

/** Shows ssh2 some of an agent's keys, in a chosen order, and lets the agent sign for them. */
export class ChosenKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly keys: readonly ParsedKey[]
  readonly #agent: BaseAgent

  constructor(agent: BaseAgent, keys: readonly ParsedKey[]) {
    super()
    this.#agent = agent
    this.keys = keys
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(undefined, [...this.keys])
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): void {
    if (typeof options === 'function') this.#agent.sign(key, data, options)
    else this.#agent.sign(key, data, options, done)
  }
}

const isPublic = (key: ParsedKey, blob: Buffer): boolean => key.getPublicSSH().equals(blob)

/** Kinds of key that ssh2 can't read, such as those of a security key, are left out. */
function heldKeys(agent: BaseAgent): Promise<readonly ParsedKey[]> {
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, held) => {
      if (error) return reject(error)
      const keys = (held ?? []).map((each) =>
        typeof each === 'object' && 'pubKey' in each ? new Error('not a key') : ssh2.utils.parseKey(each),
      )
      resolve(keys.flatMap((key) => (key instanceof Error ? [] : [key])))
    })
  })
}

/**
 * Keys that the configuration names come first, as in ssh: a host lets one try only a few (MaxAuthTries, 6).
 * @param named public blobs of the configuration's identity files, in its order
 * @throws Error when the agent can't be reached or does not answer
 */
export async function agentKeys(socket: string, named: readonly Buffer[], onlyNamed: boolean): Promise<ChosenKeys> {
  const agent = ssh2.createAgent(socket)
  const held = await heldKeys(agent)
  const first = named.flatMap((blob) => held.find((key) => isPublic(key, blob)) ?? [])
  return new ChosenKeys(agent, onlyNamed ? first : [...first, ...held.filter((key) => !first.includes(key))])
}
