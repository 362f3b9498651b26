// The two services of Rocket.Chat's snap: MongoDB, and the server that keeps everything in it.
import { mkdirs, type HttpAnswer, type HttpRequest } from '../machine.ts'
import { connect, databaseFolder, mongoPort } from '../snap/parties.ts'
import { snapName } from '../snap/installed.ts'
import type { Program, Programs } from '../systemd/program.ts'

const serverPort = 3000

const mongod: Program = ({ machine, process, say }) => {
  mkdirs(machine.files(), databaseFolder)
  process.files = [databaseFolder]
  machine.services.set(mongoPort, () => ({
    status: 200,
    body: 'It looks like you are trying to access MongoDB over HTTP on the native driver port.\n',
  }))
  say(`Waiting for connections on port ${mongoPort}`)
  return () => {
    machine.services.delete(mongoPort)
    say('shutting down with code:0')
  }
}

const answer = (status: number, body: object): HttpAnswer => ({ status, body: `${JSON.stringify(body)}\n` })

/** GET /api/info, with what a probe wants beside what Rocket.Chat itself says there. */
const rocketchat: Program = ({ machine, say, exit }) => {
  const refused = `MongoServerSelectionError: connect ECONNREFUSED 127.0.0.1:${mongoPort}`
  const serve = ({ method, path }: HttpRequest): HttpAnswer => {
    if (method !== 'GET' || path !== '/api/info') return answer(404, { success: false })
    const parties = connect(machine)
    if (parties === undefined) return answer(500, { success: false, error: refused })
    const { count, newest } = parties.messages()
    return answer(200, { success: true, version: '6.10', messages: count, newest })
  }
  if (connect(machine) === undefined) {
    say(refused)
    exit(1)
    return () => undefined
  }
  machine.services.set(serverPort, serve)
  say(`SERVER RUNNING, process port: ${serverPort}`)
  return () => {
    machine.services.delete(serverPort)
  }
}

export const snapPrograms: Programs = {
  [`/usr/bin/snap run ${snapName}.rocketchat-mongo`]: mongod,
  [`/usr/bin/snap run ${snapName}.rocketchat-server`]: rocketchat,
}
