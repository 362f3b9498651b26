// Somebody at the wizard, in a real terminal: reads what is on the screen, and presses the keys of the table.
import assert from 'node:assert/strict'
import type { KeyId } from '../../../src/screens/keys.ts'
import { Pty } from '../../screens/pty.ts'
import type { Scene } from '../rig.ts'

/** Under emulation a step takes its time. */
const patienceMs = 200_000

/** A story of one incident, read from top to bottom. */
export interface Scenario {
  readonly title: string
  readonly play: (operator: Operator, scene: Scene) => Promise<void>
}

export class Operator implements AsyncDisposable {
  readonly #scene: Scene
  #terminal: Pty | undefined

  constructor(scene: Scene) {
    this.#scene = scene
  }

  get terminal(): Pty {
    if (this.#terminal === undefined) throw new Error('the operator has opened nothing yet')
    return this.#terminal
  }

  /** Starts the program on a terminal of 80×24, where the one before has ended. */
  async opens(...args: readonly string[]): Promise<void> {
    await this.#terminal?.[Symbol.asyncDispose]()
    const { config, stateDir } = this.#scene
    this.#terminal = new Pty([...args, '--config', config, '--state-dir', stateDir], { columns: 80, rows: 24 })
  }

  sees(what: string | RegExp): Promise<void> {
    return this.terminal.shows(what, patienceMs)
  }

  /** Waits for a question, and not only for what is looked at for it: that stands under the same title. */
  async isAsked(question: string): Promise<void> {
    await this.sees(question)
    await this.sees(/⏎ choose|y do it|y yes|Type irc-1/)
    assert(this.terminal.text().includes(question), this.terminal.text())
  }

  /** Opens the wizard on a lost volume, takes what it suggests, and is asked whether to do it. */
  async goesToTheReview(): Promise<void> {
    await this.opens('--host', 'irc-1')
    for (const question of [
      'Where does the data come back from?',
      'Which EBS snapshot',
      'What should the new volume',
    ]) {
      await this.isAsked(question)
      this.presses('choose')
    }
    await this.isAsked('Shall this be done?')
  }

  /** Keys of the table, one after the other. */
  presses(...keys: readonly KeyId[]): void {
    this.terminal.press(...keys)
  }

  types(text: string): void {
    this.terminal.type(text)
  }

  /** What is typed to narrow a list. The list is shown by then. */
  async filters(text: string, found: string | RegExp): Promise<void> {
    this.presses('filter')
    this.types(text)
    await this.sees(found)
    this.presses('choose')
  }

  resizes(columns: number, rows: number): void {
    this.terminal.resize(columns, rows)
  }

  /** The program has ended, and the terminal is as it was. */
  async isLeftWith(exitCode: number): Promise<void> {
    assert.equal(await this.terminal.ended(), exitCode)
    assert.equal(this.terminal.onScreens, false)
    // Never cleared, which would flicker over a slow link and take the scrollback with it.
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(this.terminal.written, /\u001b\[[23]J/)
  }

  /** What stands on the normal screen afterwards. */
  reads(what: RegExp): void {
    assert.match(this.terminal.all(), what)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#terminal?.[Symbol.asyncDispose]()
  }
}
