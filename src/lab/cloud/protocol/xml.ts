import { XMLBuilder } from 'fast-xml-parser'

/** An element's content: text, or elements by name; an array is the element repeated; undefined is left out. */
export type Xml = string | number | boolean | undefined | XmlElements | readonly Xml[]
export interface XmlElements {
  readonly [name: string]: Xml
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true })

/** A whole document. Names that begin with `@` are attributes. */
export function xmlDocument(root: XmlElements): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(withoutHoles(root))}`
}

/** EC2 writes a list as a set of `item` elements. */
export function items(list: readonly Xml[]): XmlElements {
  return { item: list }
}

/** EC2 writes instants with milliseconds, in UTC. */
export function instant(date: Date): string {
  return date.toISOString()
}

// The builder would write an undefined as an empty element, which is a value to those who read it.
function withoutHoles(xml: Xml): Xml {
  if (Array.isArray(xml)) return xml.map(withoutHoles)
  if (typeof xml !== 'object') return xml
  return Object.fromEntries(
    Object.entries(xml)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, withoutHoles(value)]),
  )
}
