import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { encodeStrictly } from '../../protocol/sigv4.ts'
import { xmlDocument } from '../../protocol/xml.ts'
import type { XmlElements } from '../../protocol/xml.ts'
import { S3Error } from './s3-error.ts'

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A document of S3's, of one root element. */
export function s3Document(root: string, content: XmlElements): string {
  return withReferences(xmlDocument({ [root]: { '@xmlns': namespace, ...content } }))
}

/** The document of a refusal, which has no namespace. */
export function errorDocument(content: XmlElements): string {
  return withReferences(xmlDocument({ Error: content }))
}

// A key may have what XML can't say, and S3 says it all the same. The document has no such characters of its own.
function withReferences(document: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the ones
  return document.replaceAll(/[\0-\x08\x0b-\x1f]/g, (sign) => `&#x${sign.charCodeAt(0).toString(16)};`)
}

/** What a read document's element is: its text, the elements in it, or several of one name. */
type Read = string | readonly Read[] | { readonly [name: string]: Read }

// References are decoded here, in one go: `&amp;#13;` is the text `&#13;` and not a line's end.
const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
})

/** One element of a request's document. */
export class Element {
  readonly #content: Read | undefined

  constructor(content: Read | undefined) {
    this.#content = content
  }

  get isThere(): boolean {
    return this.#content !== undefined
  }

  /** The text of the element of that name in it, or undefined where there is none. @throws S3Error MalformedXML */
  text(name: string): string | undefined {
    const found = this.one(name).#content
    if (found === undefined) return undefined
    if (typeof found !== 'string') throw new S3Error('MalformedXML')
    return withoutReferences(found)
  }

  /** The only element of that name in it. @throws S3Error MalformedXML when there are more */
  one(name: string): Element {
    const [found, more] = this.all(name)
    if (more !== undefined) throw new S3Error('MalformedXML')
    return found ?? new Element(undefined)
  }

  all(name: string): readonly Element[] {
    const content = this.#content
    if (content === undefined || typeof content === 'string' || isList(content)) return []
    if (!Object.hasOwn(content, name)) return []
    const found = content[name]
    return isList(found) ? found.map((one) => new Element(one)) : [new Element(found)]
  }
}

const isList = (read: Read | undefined): read is readonly Read[] => Array.isArray(read)

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function withoutReferences(text: string): string {
  return text.replaceAll(
    /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g,
    (whole, name: string | undefined, decimal: string | undefined, hex: string | undefined) => {
      if (name !== undefined) return named[name] ?? whole
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}

/** Reads a request's document. @throws S3Error MalformedXML */
export function readDocument(text: string, root: string): Element {
  // A document of S3's has no declarations of its own, in which entities could multiply.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true) throw new S3Error('MalformedXML')
  const read: Read = parser.parse(text)
  const found = new Element(read).one(root)
  if (!found.isThere) throw new S3Error('MalformedXML')
  return found
}

/** A key as `encoding-type=url` asks for it: a slash stays, a space is a plus. */
export function urlEncoded(key: string): string {
  return encodeStrictly(key.toWellFormed()).replaceAll('%2F', '/').replaceAll('%20', '+')
}
