// What it costs to look at many snapshots, to choose one, and to go back to it: by this program, and by what one would
// type instead. Real OpenZFS on the emulated host, so ratios count, not seconds.
import prettyBytes from 'pretty-bytes'
import { Rig, type Scene } from '../test/rig/rig.ts'
import { manyDatasets, manyHours } from '../test/rig/many-snapshots.ts'
import { keepImage, withPool, type Size } from './pool-image.ts'
import { secondsBetween, watched } from './watched.ts'

interface Cost {
  readonly what: string
  readonly commands: number
  readonly seconds: number
  /** Both ways, as the host's network card counts them. */
  readonly bytes: number
}

async function transferred(scene: Scene): Promise<number> {
  const counted = await scene.ssh('cat /sys/class/net/e*/statistics/[rt]x_bytes')
  return counted.split('\n').reduce((sum, each) => sum + Number(each), 0)
}

/** Measures some lines that one types over ssh, each a command. */
async function typed(scene: Scene, what: string, lines: readonly string[]): Promise<Cost> {
  const before = await transferred(scene)
  const began = performance.now()
  for (const line of lines) {
    const { code, stderr } = await scene.rig.vm.run(line, { timeoutMs: 3_600_000 })
    if (code !== 0) throw new Error(`"${line}" ended with ${code}: ${stderr}`)
  }
  const seconds = (performance.now() - began) / 1000
  return { what, commands: lines.length, seconds, bytes: (await transferred(scene)) - before }
}

const row = ({ what, commands, seconds, bytes }: Cost, than?: Cost): string => {
  const ratio = than === undefined ? '' : `${(seconds / than.seconds).toFixed(2)} × the time`
  return `  ${what.padEnd(58)} ${String(commands).padStart(5)} ${seconds.toFixed(1).padStart(8)} s ${prettyBytes(bytes).padStart(9)}  ${ratio}\n`
} // prettier-ignore

const say = (text: string): boolean => process.stdout.write(text)

/** Only the two newest hours go: that is the size of most mistakes. */
const target = ({ hours }: Size): string => manyHours(hours).at(-3) ?? ''

/** Typed commands take as long for each dataset as for the next: of many, these are enough to know. */
const tried = 100

async function byHand(scene: Scene, size: Size): Promise<{ look: Cost; back: Cost }> {
  const some = manyDatasets('tank', Math.min(tried, size.datasets))
  const times = size.datasets / some.length
  const of = times > 1 ? ` (${some.length} datasets, times ${times})` : ''
  const whole = (cost: Cost): Cost => ({ ...cost, seconds: cost.seconds * times, bytes: cost.bytes * times })
  const look = await typed(scene, `zfs list -t snapshot -o name,used,creation${of}`, [
    `zfs list -r -t snapshot -o name,used,creation -s creation ${some.join(' ')}`,
  ])
  const back = await typed(scene, `zfs rollback -r, one dataset at a time${of}`, [
    `for d in ${some.join(' ')}; do zfs rollback -r "$d@${target(size)}" || exit; done`,
  ])
  return { look: whole(look), back: whole(back) }
}

async function byProgram(scene: Scene, size: Size): Promise<{ look: Cost; back: Cost; peakBytes: number }> {
  const flags = ['--at', target(size), '--way', 'rollback', '--yes', '--no-input', '--json']
  const place = ['--host', 'irc-1', '--source', 'local', '--config', scene.config, '--state-dir', scene.stateDir]
  const before = await transferred(scene)
  const { events, exitCode, stderr, peakBytes } = await watched(['restore', ...place, ...flags, '--confirm', 'irc-1'])
  const bytes = (await transferred(scene)) - before
  const reviewed = events.findIndex((event) => event.type === 'answer' && event['step'] === 'review-rollback')
  const opened = events.findIndex((event) => event.type === 'step-finished' && event['step'] === 'gate')
  const look = secondsBetween(events, (event) => event === events[opened], (event) => event === events[reviewed]) // prettier-ignore
  const back = events.find((event) => event.type === 'step-finished' && event['step'] === 'roll-back')
  if (look === undefined || back === undefined)
    throw new Error(`the program ended with ${exitCode}: ${JSON.stringify(events.at(-1))}\n${stderr}`)
  const commands = (step: string | undefined, from: number, to: number): number =>
    events.slice(from, to).filter((event) => event.type === 'command' && (step === undefined || event['step'] === step))
      .length
  return {
    look: { what: 'lifeboat, from the pool to the review', commands: commands(undefined, opened, reviewed), seconds: look, bytes }, // prettier-ignore
    back: { what: 'lifeboat, all or nothing, checked before and after', commands: commands('roll-back', 0, events.length), seconds: Number(back['durationMs']) / 1000, bytes }, // prettier-ignore
    peakBytes,
  }
}

async function measure(rig: Rig, size: Size): Promise<void> {
  const total = size.datasets * size.hours
  say(`\n${size.datasets} datasets, ${total.toLocaleString('en')} snapshots  (commands, time, bytes both ways)\n`)
  const began = performance.now()
  await keepImage(rig, size)
  say(`  the pool was there after ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
  await using scene = await rig.scene()
  await scene.editHost({ pool: 'tank', services: [], probes: [] })
  let hand: Awaited<ReturnType<typeof byHand>> | undefined
  await withPool(rig, size, async () => {
    hand = await byHand(scene, size)
    say(row(hand.look) + row(hand.back))
  })
  await withPool(rig, size, async () => {
    const program = await byProgram(scene, size)
    if (hand === undefined) return
    say(row(program.look, hand.look) + row(program.back, hand.back))
    say(`  the program's peak memory: ${prettyBytes(program.peakBytes)}; its bytes are those of the whole run\n`)
  })
}

/** Measures pools of these sizes, on one host. */
export async function measureSnapshots(wanted: readonly Size[]): Promise<void> {
  const rig = await Rig.start()
  try {
    for (const size of wanted) await measure(rig, size)
  } finally {
    await rig[Symbol.asyncDispose]()
  }
}
