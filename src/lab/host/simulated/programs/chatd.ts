// chatd FOLDER PORT, as the program of that name in the VM's guest is: it keeps FOLDER/messages.log.
import { FsError, reason } from '../files/fs-error.ts'
import type { HttpAnswer, HttpRequest } from '../machine.ts'
import type { Program } from '../systemd/program.ts'

interface Seen {
  readonly records: number
  readonly newest: string
}

function count(text: string): Seen {
  const times = [...text.matchAll(/^(\S+) \S+ .*$/gm)].map((found) => found[1] ?? '')
  return { records: times.length, newest: times.at(-1) ?? '' }
}

const seconds = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z')

export const chatd: Program = ({ machine, args, account, process, say, ready, exit }) => {
  const [folder = '', port = ''] = args
  const path = `${folder}/messages.log`
  const files = machine.files({ uid: account.uid, gid: account.gid, groups: [account.gid], pid: process.pid })
  const text = (): string => new TextDecoder().decode(files.read(path))
  const append = (line: string): void => files.write(path, new TextEncoder().encode(line), true)
  const fail = (why: string): (() => void) => {
    say(`chatd: ${why}`)
    exit(1)
    return () => undefined
  }

  const isFile = (): boolean => {
    try {
      return files.find(path)?.inode.kind === 'file'
    } catch (error) {
      if (error instanceof FsError) return false
      throw error
    }
  }
  if (!isFile()) return fail(`${path} is missing`)
  try {
    append('')
  } catch (error) {
    return fail(`cannot append to ${path}: ${reason(error)}`)
  }
  try {
    const started = `pid ${process.pid}\nstarted ${seconds(machine.now())}\n`
    files.write(`${folder}/chatd.started`, new TextEncoder().encode(started))
  } catch (error) {
    return fail(`cannot write into ${folder}: ${reason(error)}`)
  }
  if (machine.services.has(Number(port))) return fail(`cannot listen on port ${port}: Address already in use`)

  const serve = (request: HttpRequest): HttpAnswer => {
    if (request.path !== '/' || !['GET', 'POST'].includes(request.method))
      return { status: 404, body: 'GET or POST /\n' }
    if (request.method === 'GET') {
      const { records, newest } = count(text())
      return {
        status: 200,
        body: `{"service":"chat","records":${records},"newest":${newest === '' ? 'null' : `"${newest}"`}}\n`,
      }
    }
    if (Buffer.byteLength(request.body) > 4096) return { status: 413, body: 'too long\n' }
    const said = request.body.replaceAll(/\s+/g, ' ').trim()
    const nick = (request.headers['x-nick'] ?? 'guest').replaceAll(/\s+/g, ' ').trim().replaceAll(' ', '_')
    if (said === '') return { status: 400, body: 'a record needs a text\n' }
    try {
      append(`${seconds(machine.now())} ${nick} ${said}\n`)
    } catch (error) {
      return { status: 500, body: `cannot write: ${reason(error)}\n` }
    }
    return { status: 201, body: 'written\n' }
  }

  process.files = [path]
  machine.services.set(Number(port), serve)
  const { records, newest } = count(text())
  ready(`${records} records`)
  // As a program does that trips over what it reads when it comes to it: it is up by then. A record begins with its time,
  // whoever sends it: only a damaged file has one that begins with nothing.
  const crash = /^\0/m.test(text())
    ? machine.clock.after(300, () => {
        say(`chatd: ${path} holds a record that is no text`)
        exit(1)
      })
    : undefined
  say(`chatd: serves ${records} records on port ${port}, the newest of ${newest}`)
  return () => {
    crash?.cancel()
    machine.services.delete(Number(port))
    say('chatd: stopped')
  }
}
