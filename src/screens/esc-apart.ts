// An Esc that came alone and a letter soon after it are two keys. Ink takes both together for Alt and the letter.

/** Ink waits for what belongs to an Esc, not as long as this. */
const afterEscMs = 60

/** What the rest of a torn arrow key begins with. */
const goesOn = /^[[O]/

/**
 * The same terminal, where what follows an Esc that came alone is read a moment later, unless it belongs to it. What came in
 * one piece stays in one.
 */
export function escApart(stream: NodeJS.ReadStream): NodeJS.ReadStream {
  const pieces: string[] = []
  let escMs = -Infinity
  let waiting = false
  function pause(): null {
    waiting = true
    setTimeout(() => {
      waiting = false
      escMs = -Infinity
      stream.emit('readable')
    }, afterEscMs)
    return null
  }
  function read(): string | null {
    const next: unknown = stream.read()
    if (typeof next === 'string' || Buffer.isBuffer(next)) pieces.push(next.toString())
    const [piece] = pieces
    if (waiting || piece === undefined) return null
    const nowMs = performance.now()
    if (nowMs - escMs < afterEscMs && !goesOn.test(piece)) return pause()
    pieces.shift()
    // What has come meanwhile is for what this one leads to, once that is there.
    if (pieces.length > 0) pause()
    escMs = piece.endsWith('\u001b') ? nowMs : -Infinity
    return piece
  }
  return new Proxy(stream, {
    get(target, name) {
      if (name === 'read') return read
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
