import { expect, it } from 'vitest'
import { incidentOptions } from '../../src/commands/ask-incident.ts'
import { scenarios } from '../../src/lab/scenarios/all.ts'
import { fitting, labels, rowText } from '../../src/screens/table.ts'

it('incidents are listed by name and title, whole lines of them in 80 columns', () => {
  const options = incidentOptions(scenarios)
  const table = labels(options)
  const fit = fitting(table, 77)
  const rows = table.rows.map((row) => rowText(row, fit))
  expect(rows[0]).toMatch(/^volume-deleted +the data volume was deleted/)
  expect(rows.filter((row) => row.length > 77)).toEqual([])
  // Both columns are there in each.
  expect(rows.every((row) => /^[a-z-]+ +\S/.test(row))).toBe(true)
})

it('a title that is cut in the list is whole in what is told of it', () => {
  const [first] = scenarios
  if (first === undefined) throw new Error('there are no incidents')
  const [option] = incidentOptions([{ ...first, title: 'word '.repeat(40).trim() }])
  expect(option?.label).toMatch(/ …$|…$/)
  expect(option?.label.length).toBeLessThanOrEqual(76)
  expect(option?.detail).toContain('word '.repeat(40).trim())
})
