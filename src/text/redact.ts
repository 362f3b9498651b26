// The one door between what the program knows and what it shows, journals or logs: secrets don't pass it.
import { secretForms } from './secret-forms.ts'

export const redacted = '[redacted]'

/** Shorter ones stand by chance in ordinary text: hiding them there would hide the text and tell what they are. */
const shortest = 4

/** What is secret wherever it comes from. */
const patterns: readonly RegExp[] = [
  // Presigned URLs, also encoded once or twice more, and the headers of the same names.
  /(?<=X-Amz-(?:Signature|Credential|Security-Token)(?:["']?\s*[=:]\s*["']?|%3D|%253D))[\w.~%+/=-]+/gi,
  // AWS's Authorization header.
  /(?<=AWS4-HMAC-SHA256 .{0,2000}Signature=)[0-9a-f]+/g,
  // Configuration files, environments, and answers of STS in JSON, however often quoted.
  /(?<=(?:secret_?access_?key|session_?token)(?:\\*["'])?\s*[=:]\s*(?:\\*["'])?)[\w+/=-]+/gi,
  /(?<=aws_(?:secret_access_key|session_token)\s+)[\w+/=-]{16,}/gi,
  // And in XML.
  /(?<=<(?:SecretAccessKey|SessionToken)>)[^<]+/g,
  /(?<=-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)[\s\S]*?(?=-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
  // The password in a URL.
  /(?<=\w:\/\/[^\s/:@"']{0,200}:)[^\s/@"']+(?=@)/g,
]

/** Names of values that are secret as a whole. */
const secretName = /^(?:aws_?)?(?:secret_?access_?key|session_?token|private_?key|password|passphrase)$/i

interface Span {
  readonly from: number
  readonly to: number
}

/** A signature of AWS is 64 hexadecimal digits. There may be a hundred thousand: one look at a text is enough for all. */
const signatureForm = /(?=([0-9a-f]{64}))/g

const signaturesIn = (text: string, known: ReadonlySet<string>): Span[] =>
  [...text.matchAll(signatureForm)].flatMap(({ index, 1: found = '' }) =>
    known.has(found) ? [{ from: index, to: index + found.length }] : [],
  )

function* occurrences(text: string, form: string): Generator<Span> {
  // Step by one: of a secret that overlaps itself nothing may be left.
  for (let from = text.indexOf(form); from !== -1; from = text.indexOf(form, from + 1)) {
    yield { from, to: from + form.length }
  }
}

const matches = (text: string, pattern: RegExp): Span[] =>
  [...text.matchAll(pattern)].map((match) => ({ from: match.index, to: match.index + match[0].length }))

/** The text with its spans masked; those that touch or overlap become one. */
function masked(text: string, spans: readonly Span[]): string {
  let shown = ''
  let end = 0
  let hiding = false
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    if (span.to <= span.from) continue
    if (!hiding || span.from > end) {
      shown += text.slice(end, span.from) + redacted
      hiding = true
    }
    end = Math.max(end, span.to)
  }
  return shown + text.slice(end)
}

/** A secret read from a file ends with a newline that its uses don't have; of several lines one may stand alone. */
const partsOf = (secret: string): string[] => [
  secret,
  secret.trim(),
  ...secret.split(/[\r\n]+/).map((line) => line.trim()),
]

/**
 * Hides the given secrets in every form they are written in, and what looks like credentials of AWS, a private key
 * or a URL's password. A secret of fewer than four characters is hidden only where it is the whole text.
 * @param signatures of URLs; also such as are added later
 */
export function redactor(
  secrets: Iterable<string>,
  signatures: ReadonlySet<string> = new Set(),
): (text: string) => string {
  const parts = new Set([...secrets].flatMap(partsOf).filter((part) => part !== ''))
  const forms = [...parts].filter((part) => part.length >= shortest).flatMap((part) => secretForms(part))
  const known = [...new Set(forms)].filter((form) => form.length >= shortest)
  return (text) => {
    if (parts.has(text)) return redacted
    const spans = known.flatMap((form) => [...occurrences(text, form)])
    if (signatures.size > 0) spans.push(...signaturesIn(text, signatures))
    return masked(text, [...spans, ...patterns.flatMap((pattern) => matches(text, pattern))])
  }
}

/**
 * A JSON value with every text in it, names included, passed through `redact`; the value of a name such as
 * `SecretAccessKey` or `password` is hidden whatever it is.
 */
export function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => redactValue(each, redact))
  // As JSON.stringify would take it: a Date, say.
  if ('toJSON' in value && typeof value.toJSON === 'function') return redactValue(value.toJSON(), redact)
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [
      redact(name),
      secretName.test(name) && typeof each === 'string' ? redacted : redactValue(each, redact),
    ]),
  )
}

/** The secrets this process has met so far; what passes through it later is free of them. */
export class Secrets {
  readonly #known = new Set<string>()
  readonly #signatures = new Set<string>()
  #redact: (text: string) => string = redactor([], this.#signatures)

  /** From now on it is hidden. */
  add(secret: string): void {
    if (this.#known.has(secret)) return
    this.#known.add(secret)
    this.#redact = redactor(this.#known, this.#signatures)
  }

  /** From now on what a presigned URL allows is hidden, also where less than the URL is written: signature and token. */
  addUrl(url: string): void {
    const { searchParams } = new URL(url)
    const token = searchParams.get('X-Amz-Security-Token')
    if (token !== null) this.add(token)
    this.#signatures.add(searchParams.get('X-Amz-Signature') ?? '')
  }

  readonly redact = (text: string): string => this.#redact(text)

  /** For JSON's own values: what comes out has the form of what went in. */
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only strings within it change
  readonly redactValue = <T>(value: T): T => redactValue(value, this.#redact) as T
}
