// Text from outside (tags, descriptions, dataset names, remote output) may hold control sequences, newlines and
// right-to-left marks. It is cleaned here before a person sees it; calls always get the original bytes.

// Control, format (bidi marks, zero-width), surrogate, private-use and line/paragraph separator characters.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu
// CSI, OSC (to BEL or ST) and the two-character escapes, taken out whole so that no "[31m" is left behind.
// eslint-disable-next-line no-control-regex
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g

/** One line that is safe to put on a screen. */
export const oneLine = (text: string): string => text.replaceAll(escapes, '').replaceAll(unseen, ' ').trim()

/** Several lines, each safe to put on a screen; tabs become spaces. */
export const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.replaceAll('\t', '    ').replaceAll(escapes, '').replaceAll(unseen, ' ').trimEnd())
