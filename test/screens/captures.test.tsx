// Each screen as an operator sees it, full of what a real run has to say. Look at them when they change.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  destruction,
  fact,
  failing,
  failure,
  isComing,
  looking,
  now,
  place,
  plan,
  proving,
  questionOf,
  restored,
  rollingBack,
  route,
  said,
  snapshots,
  success,
  undoneRoute,
} from './a-run.ts'
import { hostQuestion, hostRoute } from './a-host.ts'
import { looks, moments } from './a-tree.ts'
import type { Option } from '../../src/steps/step.ts'
import { Screen } from './screen.tsx'

type Opened = ConstructorParameters<typeof Screen>[0]

const { signal } = new AbortController()

const undone =
  'This deletes vol-59084f7a8823b21fb, tank/home/alice@lifeboat-20261122-130747-29b7, tank/home/bob@lifeboat-20261122-130747-29b7, i-0c7e1f2a3b4d5e6f7. Services have run on it: what they wrote since goes with it.'

const key = 'SHA256:fGBa9MOdDhFPOZYCGXqxyZxCPW4wtm8y0nGUfzMd7Cg (ssh-ed25519)'

interface Capture {
  readonly opened?: Opened
  readonly show: (screen: Screen) => void | Promise<void>
  /** What is on it when it is whole. */
  readonly until: string | RegExp
}

const review = async (screen: Screen): Promise<void> => {
  screen.take(...looking, ...plan)
  void screen.store.asker.ask(questionOf('review'), signal)
  await screen.shows('Shall this be done?')
}

const options = snapshots(40)

/** The question for a moment, with the fourth newest marked. @param of the datasets that have it */
const askMoment = (screen: Screen, of?: string[]): void => {
  screen.take(fact('point', '7 datasets, 960 snapshots'))
  const all = moments('rollback', of)
  void screen.store.asker.ask(
    questionOf('point', { danger: 'none', options: all, suggested: all[4], looks, earlier: ['way'] }),
    signal,
  )
}

/** The files of the one dataset that has the moment. */
const askFiles = async (screen: Screen): Promise<void> => {
  askMoment(screen, ['tank/chat'])
  await screen.shows('Which moment')
  screen.press('files')
  await screen.shows('channels/')
}

const captures: Readonly<Record<string, Capture>> = {
  host: {
    opened: { route: hostRoute, place: ['RESTORE'] },
    show: (screen) => {
      screen.take(fact('target', '2 hosts are in the config'))
      void screen.store.asker.ask(hostQuestion, signal)
    },
    until: 'irc-2-recovery',
  },
  looking: { opened: { ahead: -12_000 }, show: (screen) => screen.take(...looking), until: 'for 12 s' },
  pick: {
    show: (screen) => {
      const question = questionOf('snapshot', { danger: 'none', options, suggested: options[1], earlier: ['target'] })
      screen.take(fact('snapshot', 'and 312 older ones, which can be named: --snapshot snap-…'))
      void screen.store.asker.ask(question, signal)
    },
    until: 'AGE',
  },
  moment: { show: askMoment, until: 'Which moment' },
  datasets: {
    async show(screen) {
      askMoment(screen)
      await screen.shows('Which moment')
      screen.press('datasets')
    },
    until: '6 of 7 have a snapshot of it',
  },
  files: { show: askFiles, until: 'channels/' },
  compared: {
    async show(screen) {
      await askFiles(screen)
      screen.press('compare')
    },
    until: '1 added',
  },
  'file-page': {
    async show(screen) {
      await askFiles(screen)
      screen.press('down', 'down', 'down', 'down', 'choose')
    },
    until: 'chat.service reads this',
  },
  page: {
    opened: { route: { id: 'local', legs: [] }, place: ['LEARN'] },
    show: (screen) => {
      const page = {
        text: `ZFS is the file system on the data disk:

  pool      tank              all the space of its disks
   vdev     nvme-Amazon_…     a disk, or several that act as one
    dataset tank/chat         a file system of its own, mounted

  $ zfs list -d 1 -t snapshot -o name,creation tank/chat | tail -n 4
  NAME                                  CREATION
  tank/chat@2026-11-21_22.00.00--1w     Sat Nov 21 22:00 2026

One each hour. The name has the local time of the host; "creation" is what ZFS itself has noted.`,
        leaving: 'what is done is kept',
        trail: [
          { title: 'what is where', state: 'now' },
          { title: 'your first restore', state: 'ahead' },
          { title: 'choosing the right point in time', state: 'ahead' },
        ],
      } as const
      const step = { ...questionOf('target').step, question: 'Which moments can one go back to?  (5 of 5)' }
      const go: Option<unknown> = { kind: 'option', value: 0, label: 'go on' }
      const question = questionOf('target', { step, danger: 'none', options: [go], suggested: go, page })
      void screen.store.asker.ask(question, signal)
    },
    until: 'zfs list',
  },
  review: { show: review, until: 'Shall this be done?' },
  destroy: {
    show: (screen) => {
      screen.take(
        ...rollingBack.slice(
          0,
          rollingBack.findIndex((event) => event === destruction[0]),
        ),
        ...destruction,
      )
      void screen.store.asker.ask(
        questionOf('review-rollback', { danger: 'destructive', confirmation: 'irc-1', earlier: ['way', 'point'] }),
        signal,
      )
    },
    until: 'Type irc-1',
  },
  undo: {
    opened: { place: ['UNDO', ...place.slice(1)], route: undoneRoute, undoing: true },
    show: (screen) => {
      screen.take(
        fact('review', 'undo: attach the volume to the instance'),
        fact('review', '$ aws ec2 detach-volume --volume-id vol-59084f7a8823b21fb --instance-id i-0c7e1f2a3b4d5e6f7'),
        fact('review', 'undo: make a volume from the EBS snapshot'),
        fact('review', '$ aws ec2 delete-volume --volume-id vol-59084f7a8823b21fb'),
        fact('review', 'undo: launch the recovery instance'),
        fact('review', '$ aws ec2 terminate-instances --instance-ids i-0c7e1f2a3b4d5e6f7'),
      )
      void screen.store.asker.confirm(undone, 'irc-1', signal)
    },
    until: 'Type irc-1',
  },
  secret: {
    show: (screen) => {
      screen.take(...looking)
      void screen.store.asker.secret('the password of the login ann for sudo on irc-1', signal)
    },
    until: 'Needed',
  },
  agree: {
    show: (screen) => {
      screen.take(...looking)
      void screen.store.asker.agree(`Is ${key} the key of irc-1 (10.17.34.201 port 22)?`, signal)
    },
    until: 'SHA256',
  },
  run: { opened: { ahead: -75_000 }, show: (screen) => screen.take(...rollingBack), until: 'roll the datasets back' },
  proving: {
    opened: {
      ahead: -75_000,
      usual: { prove: 94_000, 'lift-gate': 2_000, 'hand-over': 4_000, mount: 900, 'start-services': 3_000 },
    },
    show: (screen) => screen.take(...proving),
    until: 'probe chat',
  },
  failed: {
    opened: { summary: failure },
    show: (screen) => {
      screen.take(...failing)
      void screen.store.end(signal)
    },
    until: 'failed: a command',
  },
  restored: {
    opened: { summary: success },
    show: (screen) => {
      screen.take(...restored)
      void screen.store.end(signal)
    },
    until: 'restored: the',
  },
  why: {
    async show(screen) {
      await review(screen)
      screen.press('why')
    },
    until: 'Nothing has been changed until here',
  },
  commands: {
    async show(screen) {
      await review(screen)
      screen.press('commands')
    },
    until: 'The commands, exactly',
  },
  log: {
    show: (screen) => {
      screen.take(...failing)
      screen.press('log')
    },
    until: 'The log',
  },
  keys: {
    async show(screen) {
      await review(screen)
      screen.press('help')
    },
    until: 'Keys',
  },
}

const sizes = [
  [80, 24],
  [60, 16],
] as const

it.each(Object.entries(captures).flatMap(([name, capture]) => sizes.map((size) => ({ name, size, ...capture }))))(
  '$name at $size.0×$size.1',
  async ({ name, size: [columns, rows], opened = {}, show, until }) => {
    const screen = new Screen({ route, place, said, now, isComing, ...opened, columns, rows })
    await show(screen)
    await screen.shows(until)
    await screen.settles()
    await expect(`${screen.text()}\n`).toMatchFileSnapshot(
      join(import.meta.dirname, `captures/${name}-${columns}x${rows}.txt`),
    )
  },
)
