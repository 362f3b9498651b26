// Text from outside (tags, descriptions, dataset names, remote output) may hold control sequences, newlines and
// right-to-left marks. It is cleaned here before a person sees it; calls always get the original bytes.

// Control, format (bidi marks, zero-width, tags), surrogate, private-use and separator characters, and those that
// Unicode lets a screen leave out. Variation selectors stay: they choose among shapes of the character before.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}[\p{Default_Ignorable_Code_Point}--\p{Variation_Selector}]]+/gv
// A joiner between two pictures makes one picture of them and can do nothing else there.
const joined = /(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic})/gv
// CSI, OSC and the other strings that have an end, and the two-character escapes, in their 7- and 8-bit forms: taken
// out whole, so that no "[31m" is left behind. A string without its end is left, or it could hide what follows.
const escapes =
  // eslint-disable-next-line no-control-regex
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-~]/g

function clean(text: string): string {
  const plain = text.replaceAll(escapes, '')
  // What lies between the joiners that may stay.
  return plain
    .split(joined)
    .map((part) => part.replaceAll(unseen, ' '))
    .join('\u200d')
}

/** One line that is safe to put on a screen. */
export const oneLine = (text: string): string => clean(text).trim()

/** Several lines, each safe to put on a screen; tabs become spaces. */
export const lines = (text: string): string[] =>
  text.split(/\r?\n/).map((line) => clean(line.replaceAll('\t', '    ')).trimEnd())
