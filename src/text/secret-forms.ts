// The ways in which a secret may be written down by the programs it passes through.
import { word } from './quote.ts'

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** As other languages write JSON: ASCII only, and the slash escaped. */
const inPlainJson = (text: string): string =>
  inJson(text)
    .replaceAll(/[^ -~]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('/', '\\/')

/** Within a shell line, without the quotes at its ends: there may be other text in the same word. */
const inShell = (text: string): string => text.replaceAll("'", `'\\''`)

const inShellWord = (text: string): string => word(text.replaceAll('\0', ''))

const lowerEscapes = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (each) => each.toLowerCase())

function percentForms(text: string): string[] {
  const component = encodeURIComponent(text)
  // RFC 3986 as AWS signs by it: everything but the unreserved characters.
  const strict = component.replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams({ v: text }).toString().slice(2)
  const path = strict.replaceAll('%2F', '/')
  return [component, strict, form, path].flatMap((each) => [each, lowerEscapes(each)])
}

/**
 * Base64 of the secret alone, and what base64 makes of it within other bytes: for each of the three places where it
 * can begin, the characters that its bytes alone decide.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text)
  const within = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)),
  )
  const plain = [bytes.toString('base64'), ...within]
  const forUrl = plain.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'))
  return [...plain, ...forUrl, ...plain.flatMap(percentForms)]
}

/** The secret as it is, and quoted, escaped and encoded; quoting and JSON also one within the other. */
export function secretForms(secret: string): string[] {
  // A lone surrogate is written as U+FFFD.
  const plain = unique([secret, secret.toWellFormed()])
  const escapes = [inShell, inShellWord, inJson, inPlainJson]
  const once = plain.flatMap((text) => escapes.map((escape) => escape(text)))
  const twice = unique(once).flatMap((text) => escapes.map((escape) => escape(text)))
  const whole = secret.toWellFormed()
  return unique([...plain, ...once, ...twice, ...percentForms(whole), ...base64Forms(whole)])
}
