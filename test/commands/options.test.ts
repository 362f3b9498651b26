import { describe, expect, it } from 'vitest'
import { cacheDir, configPath, runFlags, stateDir } from '../../src/commands/options.ts'
import { UsageError } from '../../src/text/errors.ts'

describe('the flags of a run', () => {
  it('are what commander gives, without what is not a run’s', () => {
    expect(
      runFlags({
        host: 'web',
        volumeType: 'gp3',
        initRate: 300,
        incidentAt: '2026-11-21T00:00:00Z',
        dataset: ['tank/irc'],
        confirm: ['web'],
        yes: true,
        json: true,
        input: false,
        config: '/x',
      }),
    ).toEqual({
      host: 'web',
      volumeType: 'gp3',
      initRate: 300,
      incidentAt: '2026-11-21T00:00:00Z',
      dataset: ['tank/irc'],
      confirm: ['web'],
      secret: [],
      scratch: false,
      yes: true,
    })
  })

  it('that are not given are not there', () => {
    expect(runFlags({})).toEqual({ scratch: false, dataset: [], confirm: [], secret: [], yes: false })
  })

  it.each([
    ['a rate that is no number', { initRate: Number('fast') }, '--init-rate: '],
    ['a source that there is not', { source: 'tape' }, '--source: '],
    ['a way that there is not', { way: 'magic' }, '--way: '],
    ['a volume type that is no text', { volumeType: 3 }, '--volume-type: '],
  ])('with %s are refused by name', (_, options, name) => {
    expect(() => runFlags(options)).toThrow(UsageError)
    expect(() => runFlags(options)).toThrow(name)
  })

  it.each(['2026-11-21T00:00:00Z', '2026-11-21T00:00:00.5Z', '2026-11-21T00:00:00+01:00', '2026-11-21T00:00-08:30'])(
    'may tell of an incident at %s',
    (incidentAt) => {
      const flags = runFlags({ incidentAt })
      expect(Number.isNaN(Date.parse(flags.incidentAt ?? ''))).toBe(false)
    },
  )

  it.each([
    '2026-11-21',
    '2026-11-21T00:00:00',
    'yesterday',
    '2026-11-21 00:00:00Z',
    '2026-11-21Tabout noonZ',
    '2026-02-30T00:00:00Z',
    '2026-11-21T25:00:00Z',
    '2026-11-21T00:00:00+1',
    '',
  ])('cannot tell of an incident at %j', (incidentAt) => {
    expect(() => runFlags({ incidentAt })).toThrow(/^--incident-at .*is not an ISO time with Z or an offset/)
  })
})

describe('where things are', () => {
  it('a flag goes before the environment, and that before the standard', () => {
    const env = { LIFEBOAT_STATE_DIR: '/env/state', LIFEBOAT_CACHE_DIR: '/env/cache', LIFEBOAT_CONFIG: '/env/config' }
    const options = { stateDir: '/flag/state', cacheDir: '/flag/cache', config: '/flag/config' }
    expect([stateDir(options, env), cacheDir(options, env)]).toEqual(['/flag/state', '/flag/cache'])
    expect(configPath(options, env)).toEqual({ path: '/flag/config', named: true })
    expect([stateDir({}, env), cacheDir({}, env)]).toEqual(['/env/state', '/env/cache'])
    expect(configPath({}, env)).toEqual({ path: '/env/config', named: true })
    expect(configPath({}, {})).toMatchObject({ path: expect.stringMatching(/lifeboat/) as unknown, named: false })
  })
})
