import { expect, it } from 'vitest'
import { incidentOptions } from '../../src/commands/ask-incident.ts'
import { scenarios } from '../../src/lab/scenarios/all.ts'
import { fitting, labels, rowText } from '../../src/screens/table.ts'

function rowsIn(columns: number, options = incidentOptions(scenarios)): string[] {
  const table = labels(options)
  const fit = fitting(table, columns - 4)
  return table.rows.map((row) => rowText(row, fit))
}

it.each([80, 60])('incidents are listed by name and title, whole lines of them in %i columns', (columns) => {
  const rows = rowsIn(columns)
  expect(rows[0]).toMatch(/^volume-deleted +the data volume was deleted/)
  expect(rows.filter((row) => row.length > columns - 4)).toEqual([])
  // Both columns are there in each.
  expect(rows.every((row) => /^[a-z-]+ +\S+ \S/.test(row))).toBe(true)
})

it('a title that is cut in the list is whole in what is told of it', () => {
  const [first] = scenarios
  if (first === undefined) throw new Error('there are no incidents')
  const options = incidentOptions([{ ...first, title: 'word '.repeat(40).trim() }])
  expect(rowsIn(60, options)[0]).toMatch(/ word…$|…$/)
  expect(options[0]?.detail).toContain('word '.repeat(40).trim())
})

it('where not even the beginning of a title has room there are the names', () => {
  expect(rowsIn(44)[0]).toBe('volume-deleted')
})
