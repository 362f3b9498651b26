import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scriptParts, type ScriptPart } from '../../../../../src/lab/host/simulated/postgres/sql-script.ts'

const parts = (script: string, variables: Readonly<Record<string, string>> = {}): ScriptPart[] =>
  scriptParts(script, new Map(Object.entries(variables)))

const texts = (script: string, variables?: Readonly<Record<string, string>>): string[] =>
  parts(script, variables).map((part) => (part.kind === 'meta' ? `\\${part.name}` : part.text))

const literal = fc.string({ unit: 'binary' }).map((text) => `'${text.replaceAll("'", "''")}'`)
const identifier = fc.string({ unit: 'binary' }).map((text) => `"${text.replaceAll('"', '""')}"`)
const dollars = fc.string({ unit: 'grapheme' }).map((text) => `$q$${text.replaceAll('$', '')}$q$`)
const number = fc.nat().map(String)

describe('a script of SQL', () => {
  it('is parted at the semicolons that end a statement, whatever is quoted in it', () => {
    const statement = fc
      .array(fc.oneof(literal, identifier, dollars, number), { minLength: 1 })
      .map((words) => `select ${words.join(', ')};`)
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        expect(texts(statements.join('\n'))).toEqual(statements)
      }),
    )
  })

  it('is read to its end, whatever stands in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        '$$',
        '$q$',
        ';',
        '\\',
        '\n',
        '--',
        '/*',
        ':',
        ":'n'",
        'COPY t FROM stdin;',
        '\\.',
        'e',
      ),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const script = pieces.join('')
        const all = parts(script, { n: 'x' })
        expect(all.every(({ line }) => line >= 1 && line <= script.split('\n').length)).toBe(true)
      }),
    )
  })

  it('has a variable as a literal or an identifier that means its value', () => {
    fc.assert(
      fc.property(fc.string(), (n) => {
        const [asLiteral = '', asIdentifier = ''] = texts(`:'n';:"n";`, { n })
        expect(asLiteral.slice(1, -2).replaceAll("''", "'")).toBe(n)
        expect(asIdentifier.slice(1, -2).replaceAll('""', '"')).toBe(n)
        expect(asLiteral).toMatch(/^'(?:[^']|'')*';$/)
        expect(asIdentifier).toMatch(/^"(?:[^"]|"")*";$/)
      }),
    )
  })

  it('has the data of COPY beside its statement, up to its end or the script’s', () => {
    expect(parts('copy t (a) from stdin;\na;b\n\\\\.\n\\.\nselect 1;')).toEqual([
      { kind: 'copy', text: 'copy t (a) from stdin;', data: 'a;b\n\\\\.\n', line: 1 },
      { kind: 'sql', text: 'select 1;', line: 5 },
    ])
    expect(parts('copy t from stdin;\na\n')).toMatchObject([{ data: 'a\n' }])
  })

  it('names what psql does itself, with its words and the statement before it', () => {
    expect(parts(`\\connect -reuse-previous=on "dbname='it\\\\'s ""odd""'"\nselect 1 \\gexec\n`)).toEqual([
      { kind: 'meta', name: 'connect', args: ['-reuse-previous=on', `dbname='it\\\\'s "odd"'`], of: '', line: 1 },
      { kind: 'meta', name: 'gexec', args: [], of: 'select 1', line: 2 },
    ])
  })
})
