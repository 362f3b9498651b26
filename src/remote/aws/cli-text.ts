// An AWS call as a line for the AWS CLI, so that it can be read, copied and run by hand.
import { sh, word } from '../../text/quote.ts'
import type { AwsCommand } from '../command.ts'

const kebab = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()

const plain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'

/** How long a page is, and how it writes keys, the CLI decides by itself. */
const ofPages = new Set(['MaxResults', 'MaxKeys', 'MaxUploads', 'EncodingType'])

function optionText(name: string, value: unknown): string {
  const flag = `--${kebab(name)}`
  if (value === true) return flag
  if (value === false) return `--no-${kebab(name)}`
  // What begins with a dash would be taken for an option.
  if (typeof value === 'string' && value.startsWith('-')) return `${flag}=${word(value)}`
  if (plain(value)) return `${flag} ${word(String(value))}`
  if (Array.isArray(value) && value.every(plain)) return sh`--${kebab(name)} ${value.map(String)}`
  return `${flag} ${word(JSON.stringify(value))}`
}

/** The line without credentials, region or endpoint: those come from the operator's environment. */
export function awsCliText(command: AwsCommand<unknown>): string {
  const options = Object.entries(command.input)
    .filter(
      ([name, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0) && !ofPages.has(name),
    )
    .map(([name, value]) => optionText(name, value))
  const service = command.service === 's3' ? 's3api' : command.service
  return ['aws', service, kebab(command.action), ...options].join(' ')
}
