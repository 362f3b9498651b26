import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = join(import.meta.dirname, '../src')
const files = globSync('**/*.{ts,tsx}', { cwd: src }).toSorted()

interface Import {
  readonly from: string
  readonly to: string
  /** A file of ours rather than a package. */
  readonly own: boolean
  readonly typeOnly: boolean
}

const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  return [...text.matchAll(statement)].map((found) => {
    const name = found[2] ?? found[3] ?? ''
    const own = name.startsWith('.')
    return { from: file, to: own ? normalize(join(dirname(file), name)) : name, own, typeOnly: found[1] !== undefined }
  })
}

const all = files.flatMap(importsOf)
const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : path)
const shown = (one: Import): string => `${one.from} → ${one.to}`

/** Which folders each folder may use. Who isn't named may be used by nobody in it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  text: [],
  remote: ['text'],
  steps: ['remote', 'text'],
  run: ['steps', 'remote', 'text'],
  plain: ['run', 'steps', 'text'],
  screens: ['run', 'text'],
  lab: ['text', 'remote'],
  learn: ['lab', 'text'],
  commands: ['learn', 'run', 'steps', 'remote', 'plain', 'screens', 'lab', 'text', 'version.ts'],
}

describe('the arrows between folders', () => {
  for (const [folder, uses] of Object.entries(allowed)) {
    it(`${folder}/ uses only ${uses.join(', ') || 'itself'}`, () => {
      const wrong = all.filter(
        (one) =>
          folderOf(one.from) === folder &&
          one.own &&
          folderOf(one.to) !== folder &&
          !uses.includes(folderOf(one.to)) &&
          // Screens draw steps' data: they may know its types.
          !(folder === 'screens' && folderOf(one.to) === 'steps' && one.typeOnly),
      )
      expect(wrong.map(shown)).toEqual([])
    })
  }

  it('every folder of src/ is covered', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf))
    expect([...folders].filter((folder) => !(folder in allowed))).toEqual([])
  })

  it('only remote/ and lab/ import the AWS SDK and ssh2, as values', () => {
    const wrong = all.filter((one) => /^(@aws-sdk\/|ssh2$)/.test(one.to) && !/^(remote|lab)\//.test(one.from))
    expect(wrong.map(shown)).toEqual([])
  })

  it('steps/, run/ and remote/ know nothing of Ink or React', () => {
    const wrong = all.filter((one) => /^(ink|react)(\/|$)/.test(one.to) && /^(steps|run|remote|text)\//.test(one.from))
    expect(wrong.map(shown)).toEqual([])
  })

  it('the lab takes only the forms of commands and the quoting from the program, never a step or a run', () => {
    const wrong = all.filter((one) => folderOf(one.from) === 'lab' && folderOf(one.to) === 'remote' && !one.typeOnly)
    expect(wrong.map(shown)).toEqual([])
  })

  it('nothing below main.ts ends the process', () => {
    const ending = files.filter(
      (file) =>
        file !== 'cli.ts' &&
        !file.startsWith('lab/host/vm/') &&
        /process\.exit\(/.test(readFileSync(join(src, file), 'utf8')),
    )
    expect(ending).toEqual([])
  })

  it('the program before its commands loads neither Ink nor the SDK nor zod', () => {
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      const text = readFileSync(join(src, file), 'utf8')
      for (const found of text.matchAll(/(?:^|\n)import\s+(?!type)(?:[^'"]*?\sfrom\s+)?'([^']+)'/g)) {
        const name = found[1] ?? ''
        if (name.startsWith('.')) visit(relative(src, join(src, dirname(file), name)))
        else seen.add(name)
      }
    }
    visit('main.ts')
    expect([...seen].filter((name) => !name.endsWith('.ts')).toSorted()).toEqual(['commander'])
  })
})
