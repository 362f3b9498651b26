import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { demandHost, labOptions, scenarioNamed, scenariosOn } from '../../src/commands/lab-options.ts'
import { scenarios } from '../../src/lab/scenarios/all.ts'

const words = { host: 'simulated', delays: 'none', seed: '1' }

describe('the incidents of a virtual machine', () => {
  it('are those that need neither a pool in use, nor a second host, nor changed images', () => {
    const onVm = scenariosOn('vm').map((each) => each.id)
    expect(onVm).toContain('volume-deleted')
    for (const id of ['crash-looping', 'two-disks', 'zone-down', 'ssh-drops', 'bad-deploy'])
      expect(onVm).not.toContain(id)
    expect(scenariosOn('simulated')).toEqual(scenarios)
  })

  it.each(['crash-looping', 'two-disks', 'zone-down', 'ssh-drops'])('do not have %s, and say so', (id) => {
    expect(() => demandHost(scenarioNamed(id), 'vm')).toThrow(
      `the incident ${id} needs a simulated host: --host simulated. On --host vm there are volume-deleted, `,
    )
    expect(() => demandHost(scenarioNamed(id), 'simulated')).not.toThrow()
  })
})

describe('what a lab is told', () => {
  it('is read word by word', () => {
    expect(labOptions(words)).toEqual({ host: 'simulated', delays: 'none', seed: 1 })
    expect(labOptions({ host: 'vm', delays: 'real', seed: '999999999' })).toMatchObject({ host: 'vm', seed: 999999999 })
  })

  it.each([
    [{ host: 'toString' }, '--host toString is neither simulated nor vm'],
    [{ delays: '' }, '--delays  is neither none nor real'],
    [{ seed: '' }, '--seed  is not a whole number of up to nine digits'],
    [{ seed: '1e3' }, '--seed 1e3 is not a whole number of up to nine digits'],
  ])('is refused where it is %j', (wrong, why) => {
    expect(() => labOptions({ ...words, ...wrong })).toThrow(why)
  })

  it('takes for a seed only what can be given again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String)), (seed) => {
        const read = ((): number | null => {
          try {
            return labOptions({ ...words, seed }).seed
          } catch {
            return null
          }
        })()
        expect(read === null || Number.isSafeInteger(read)).toBe(true)
        expect(read !== null).toBe(/^[0-9]{1,9}$/.test(seed))
      }),
    )
  })
})

it('every incident is found by its name, and another is refused with the names that there are', () => {
  for (const each of scenarios) expect(scenarioNamed(each.id)).toBe(each)
  expect(() => scenarioNamed('volume')).toThrow(
    `there is no incident "volume": there are ${scenarios.map((each) => each.id).join(', ')}`,
  )
})
