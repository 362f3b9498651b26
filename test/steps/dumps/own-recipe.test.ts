// The recipe that README shows, from its text to the data in its place: there is no MySQL here, and test/stand-ins/mysql
// and mysqldump stand in for it, with a file for each database.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { parseConfig, profileOf } from '../../../src/run/config.ts'
import { contextFor } from '../../../src/run/context.ts'
import { afterDump, dumpAside, putInPlaceAction } from '../../../src/steps/put-in-place.ts'
import type { HostProfile } from '../../../src/steps/profile.ts'
import { demandRecipe, recipeOf } from '../../../src/steps/recipes/recipes.ts'
import { placesOf } from '../../../src/steps/places.ts'
import { unpackAction } from '../../../src/steps/unpack.ts'
import { thrownBy } from '../../remote/aws/thrown-by.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'
import { putRun, type PutRun } from './put-run.ts'

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')

let folder: string

/** The config of README's example, with its folder for the old data in the test's own. */
function host(): Partial<HostProfile> {
  const text = /```toml\n(\[\[recipes\]\]\n[\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const { recipes } = profileOf(parseConfig(text.replaceAll('/var/backups', join(folder, 'old')), 'config.toml'), 'web')
  return recipes === undefined ? {} : { recipes }
}

const database = (): string => readFileSync(join(folder, 'mysql/wiki'), 'utf8')

const dump = (...lines: readonly string[]): Buffer =>
  gzipSync(['-- MySQL dump 10.13', ...lines, '-- Dump completed on 2026-11-20', ''].join('\n'))

const fetched = async (object = dump('page 1', 'page 2')): Promise<PutRun> =>
  putRun(await temporaryFolder(), { kind: 'mysql', into: 'wiki', objects: { 'mysql.sql.gz': object } }, host())

const looking = ({ session }: PutRun) =>
  contextFor(session, { step: 'prove', attempt: 1, shown: null, ignoresStopping: false })

const checked = (at: PutRun) => {
  const run = looking(at)
  return run.do(recipeOf(run).check(placesOf(run)))
}

beforeEach(async () => {
  folder = await temporaryFolder()
  for (const name of ['mysql', 'old']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'mysql/wiki'), 'old page\n')
  vi.stubEnv('STAND_IN_MYSQL', join(folder, 'mysql'))
  vi.stubEnv('PATH', `${join(import.meta.dirname, '../../stand-ins')}${delimiter}${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
})

describe("README's recipe for MySQL", () => {
  it('puts the dump in place and keeps the old database, which a line for the host removes', async () => {
    const at = await fetched()
    await at.doing(unpackAction, putInPlaceAction)
    expect(database()).toBe('page 1\npage 2\n')
    const run = looking(at)
    const old = join(folder, 'old', `wiki.before-${run.id}.sql`)
    expect(readFileSync(old, 'utf8')).toContain('old page')
    expect(dumpAside(run)).toMatchObject([{ kind: 'data', id: 'wiki, as the recipe mysql has set it aside' }])
    const [next] = afterDump(run)
    expect(next?.command).toMatch(/^ssh web sudo sh -c /)
    await execa('/bin/sh', ['-c', recipeOf(run).aside?.(placesOf(run)).remove ?? 'false'])
    expect(existsSync(old)).toBe(false)
  })

  it('takes it out again by undo', async () => {
    const at = await fetched()
    await at.doing(unpackAction, putInPlaceAction)
    await at.undoing()
    expect([database(), readdirSync(join(folder, 'old'))]).toEqual(['old page\n', []])
  })

  it('has the old database back where the dump can not be loaded, and says what mysql said', async () => {
    const at = await fetched(dump('page 1', 'MISTAKE', 'page 2'))
    expect(await thrownBy(at.doing(unpackAction, putInPlaceAction))).toMatchObject({
      code: 'not-put-in-place',
      message: 'the dump could not be put in place: ERROR 1064 (42000): You have an error in your SQL syntax',
      notChanged: ['wiki is the old data again'],
    })
    expect(database()).toBe('old page\n')
    // What the services write until it is tried again is old data, too.
    writeFileSync(join(folder, 'mysql/wiki'), 'newer page\n')
    writeFileSync(join(at.staging, '00000000.000000'), dump('page 1'))
    await at.doing(putInPlaceAction)
    expect(database()).toBe('page 1\n')
    await at.undoing()
    expect(database()).toBe('newer page\n')
  })

  it('goes on where it was killed in the middle', async () => {
    const at = await fetched()
    const run = looking(at)
    writeFileSync(join(at.staging, 'swapping'), '')
    writeFileSync(join(folder, 'old', `wiki.before-${run.id}.sql`), 'old page\n')
    writeFileSync(join(folder, 'mysql/wiki'), 'page 1\n')
    expect(await run.do(recipeOf(run).standing(placesOf(run)))).toBe('between')
    await at.doing(putInPlaceAction)
    expect(database()).toBe('page 1\npage 2\n')
    await at.undoing()
    expect(database()).toBe('old page\n')
  })

  it('refuses a dump without its last line, or that gzip can not read', async () => {
    expect(await checked(await fetched())).toMatchObject({
      problems: [],
      facts: ['-- Dump completed on 2026-11-20'],
    })
    for (const broken of [gzipSync('-- MySQL dump 10.13\npage 1\n'), dump('page').subarray(0, 40)])
      expect((await checked(await fetched(broken))).problems).toHaveLength(1)
  })
})

const scripts = (more: object) => ({
  recipes: [{ name: 'files', tools: [], swap: 'true', unswap: 'true', ...more }],
})

const withScripts = (more: object, into = '/srv/x') =>
  putRun(folder, { kind: 'files', into, objects: { 'a b': 'A', "it's": 'B' } }, scripts(more))

describe('a recipe of the config', () => {
  it('knows what it works on, whatever that is called, and finds each object by its path', async () => {
    const into = `${folder}/it's "odd" $(x)`
    const at = await withScripts(
      {
        swap: 'put() { unpacked "$1" >> "$INTO"; printf " %s %s\\n" "$2" "$RUN" >> "$INTO"; }; [ "$PWD" = "$STAGING" ]; each put',
      },
      into,
    )
    await at.doing(putInPlaceAction)
    const { runId } = at.session.state
    expect(readFileSync(into, 'utf8')).toBe(`A a b ${runId}\nB it's ${runId}\n`)
  })

  it('is called for each object, whatever it does with its standard input', async () => {
    const into = join(folder, 'paths')
    const at = await withScripts({ swap: 'put() { cat >/dev/null; printf "%s\\n" "$2" >> "$INTO"; }; each put' }, into)
    await at.doing(putInPlaceAction)
    expect(readFileSync(into, 'utf8')).toBe("a b\nit's\n")
  })

  it.each(['false; true', 'false | true', 'echo "$NOWHERE"', 'exit 4'])(
    'fails with any part of it: %s',
    async (swap) => {
      const at = await withScripts({ swap, unswap: 'touch unswapped' })
      expect(await thrownBy(at.doing(putInPlaceAction))).toMatchObject({ code: 'not-put-in-place' })
      expect(existsSync(join(at.staging, 'unswapped'))).toBe(true)
    },
  )

  it('may end its scripts before their last line, and is not taken back where it was not begun', async () => {
    const at = await withScripts({
      unpack: 'exit 0',
      discard: 'touch discarded',
      swap: 'exit 0',
      unswap: 'touch unswapped',
    })
    await at.doing(unpackAction)
    await at.undoing()
    expect([existsSync(join(at.staging, 'unswapped')), existsSync(join(at.staging, 'discarded'))]).toEqual([
      false,
      true,
    ])
    await at.doing(unpackAction, putInPlaceAction)
    const look = looking(at)
    expect(await look.do(recipeOf(look).standing(placesOf(look)))).toBe('new')
  })

  it('may tell itself what has the place', async () => {
    const at = await withScripts({ standing: 'if [ -e mine ]; then echo new; else echo old; fi', swap: 'touch mine' })
    await at.doing(putInPlaceAction)
    expect(existsSync(join(at.staging, 'mine'))).toBe(true)
    expect(dumpAside(looking(at))).toEqual([])
    const lying = await putRun(
      await temporaryFolder(),
      { kind: 'files', into: 'x', objects: { x: '' } },
      scripts({ standing: 'echo old' }),
    )
    expect(await thrownBy(lying.doing(putInPlaceAction))).toMatchObject({ code: 'not-verified' })
  })

  it('that is not there any more is named', () => {
    expect(() => demandRecipe({}, 'files')).toThrow('there is no recipe for dumps of kind files')
  })
})
