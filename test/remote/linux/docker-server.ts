// A second PostgreSQL on this machine, which nothing but its socket leads to: the one "in a container" of
// test/stand-ins/docker.
import { execa } from 'execa'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const programs = '/usr/lib/postgresql/15/bin'
const standIns = join(import.meta.dirname, '../../stand-ins')

/** Runs a program as the user postgres, wherever anybody may be. */
export const asPostgres = async (...command: readonly string[]): Promise<string> =>
  (await execa('runuser', ['-u', 'postgres', '--', ...command], { cwd: '/' })).stdout

export interface DockerServer extends AsyncDisposable {
  /** As a config names it. */
  readonly into: string
  /** What has to be in the environment for `docker` to be the stand-in, and to reach it. */
  readonly env: Readonly<Record<string, string>>
  /** Runs a program of PostgreSQL's over it, without docker. */
  program(name: string, ...args: readonly string[]): Promise<string>
  /** The container stops, or runs again: its server is out of reach meanwhile. */
  setStopped(stopped: boolean): void
}

/** As the image of PostgreSQL makes one that is told of a POSTGRES_USER. */
export async function startDockerServer(): Promise<DockerServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-docker-'))
  const [data, sockets, stopped] = [join(folder, 'data'), join(folder, 'sockets'), join(folder, 'stopped')]
  const superuser = 'boss'
  const { stdout: owner } = await execa('id', ['-u', 'postgres'])
  chmodSync(folder, 0o755)
  for (const path of [data, sockets]) {
    mkdirSync(path)
    chownSync(path, Number(owner), Number(owner))
  }
  const control = (...args: readonly string[]) => asPostgres(`${programs}/pg_ctl`, '-D', data, '-w', ...args)
  await asPostgres(`${programs}/initdb`, '-D', data, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--no-sync')
  const options = `-c listen_addresses= -c unix_socket_directories=${sockets} -c fsync=off`
  await control('-l', join(sockets, 'log'), '-o', options, 'start')
  return {
    into: `docker:synapse-db:${superuser}`,
    env: { STAND_IN_DOCKER: folder, PATH: `${standIns}${delimiter}${process.env.PATH}` },
    program: (name, ...args) => asPostgres('env', `PGHOST=${sockets}`, `PGUSER=${superuser}`, name, ...args),
    setStopped: (is) => (is ? writeFileSync(stopped, '') : rmSync(stopped)),
    async [Symbol.asyncDispose]() {
      await control('-m', 'immediate', 'stop')
      rmSync(folder, { recursive: true })
    },
  }
}
