import type { Instance } from './state/resources.ts'

// Reserved for documentation by RFC 5737: it is nobody's.
const publicBlock = '203.0.113.0/24'

export function freePublicAddress(instances: Iterable<Instance>): string {
  return freeAddress(publicBlock, new Set([...instances].map((instance) => instance.publicIpAddress)))
}

export function freePrivateAddress(cidrBlock: string, instances: Iterable<Instance>): string {
  return freeAddress(cidrBlock, new Set([...instances].map((instance) => instance.privateIpAddress)))
}

/** The first address of the block that is not taken; AWS keeps the first four of each block to itself. */
function freeAddress(cidrBlock: string, taken: ReadonlySet<string | null>): string {
  const [base = '', bits = '32'] = cidrBlock.split('/')
  const first = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const last = first + 2 ** (32 - Number(bits)) - 1
  for (let address = first + 4; address < last; address += 1) {
    const text = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
    if (!taken.has(text)) return text
  }
  throw new Error(`no address is left in ${cidrBlock}`)
}
