// The server of PostgreSQL as a unit runs it, and forumd DATABASE PORT, which serves what is in one of its databases.
import { clusterOf, PostgresError } from '../postgres/cluster.ts'
import type { HttpAnswer, HttpRequest } from '../machine.ts'
import type { Program } from '../systemd/program.ts'

export const postgres: Program = ({ machine, say, ready, exit }) => {
  const cluster = clusterOf(machine)
  let isWanted = true
  const start = async (): Promise<void> => {
    try {
      await cluster.start()
      if (!isWanted) return await cluster.stop()
      say('LOG:  database system is ready to accept connections')
      ready()
    } catch (error) {
      say(`FATAL:  ${error instanceof Error ? error.message : String(error)}`)
      exit(1)
    }
  }
  void start()
  return () => {
    isWanted = false
    say('LOG:  database system is shut down')
    void cluster.stop()
  }
}

const asked = 'select count(*), to_char(max(at) at time zone \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') from posts'

/** It answers with the number of its posts and the time of the newest. */
export const forumd: Program = ({ machine, args, say, ready, exit }) => {
  const [database = '', port = ''] = args
  const cluster = clusterOf(machine)
  const look = async (): Promise<{ posts: number; newest: string | null }> => {
    await cluster.connect(database)
    const [answer] = await cluster.answers(database, asked)
    const [posts, newest = null] = answer?.rows[0] ?? []
    return { posts: Number(posts), newest }
  }
  const serve = async ({ method, path }: HttpRequest): Promise<HttpAnswer> => {
    if (path !== '/' || method !== 'GET') return { status: 404, body: 'GET /\n' }
    try {
      return { status: 200, body: `${JSON.stringify({ service: 'forum', ...(await look()) })}\n` }
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error
      say(`forumd: ${error.message}`)
      return { status: 500, body: `${error.message}\n` }
    }
  }
  let isWanted = true
  const start = async (): Promise<void> => {
    try {
      if (!cluster.isUp) throw new PostgresError('connection refused: no server of PostgreSQL runs')
      const { posts } = await look()
      if (!isWanted) return
      machine.services.set(Number(port), serve)
      say(`forumd: serves ${posts} posts of the database ${database} on port ${port}`)
      ready(`${posts} posts`)
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error
      say(`forumd: database ${database}: ${error.message}`)
      exit(1)
    }
  }
  void start()
  return () => {
    isWanted = false
    machine.services.delete(Number(port))
    say('forumd: stopped')
  }
}
