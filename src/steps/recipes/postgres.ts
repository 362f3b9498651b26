// What pg_dumpall wrote, compressed or not. The server has one database of a name: the old ones are renamed first.
import { checkPostgres } from '../../remote/linux/check-staged.ts'
import {
  areDatabasesAside,
  containerOf,
  countLoaded,
  databasesAside,
  databasesMade,
  databaseStanding,
  dropDatabases,
  loadDump,
  serverVersion,
  unloadDump,
} from '../../remote/linux/postgres.ts'
import { sh } from '../../text/quote.ts'
import { oneLine } from '../../text/display.ts'
import { checkedBy } from './checked.ts'
import type { Recipe } from './recipe.ts'

export const postgresRecipe: Recipe = {
  kind: 'postgres',
  into: 'the server: postgres for the one on the host, docker:CONTAINER for one in a container',
  usual: { into: 'postgres', what: 'the server on the host itself' },
  wrongInto: (into) =>
    /^(postgres|docker:[\w.-]+(:[\w.-]+)?)$/.test(into)
      ? undefined
      : `${into} is neither postgres nor docker:CONTAINER`,
  tools: ['curl'],
  async obstacles(run, into) {
    const { version, said } = await run.do(serverVersion(into))
    if (version !== null) return []
    const container = containerOf(into)
    // In docker's own words.
    if (container !== undefined && /is not running/i.test(said))
      return [
        `the container ${container} is not running, and its server has to, also while the services are stopped: ${sh`docker start ${container}`}`,
      ]
    return [`no superuser of PostgreSQL answers at ${into}: ${oneLine(said).slice(0, 200)}`]
  },
  room: async () => null,
  check: (places) => checkedBy(checkPostgres(places)),
  unpack: () => [],
  discard: () => [],
  made: (places) => ({
    resource: { kind: 'database', id: `*${databasesMade(places)}` },
    remove: dropDatabases(places, databasesMade(places)),
  }),
  swap: (places) => [loadDump(places)],
  unswap: (places) => [unloadDump(places)],
  standing: databaseStanding,
  counted: countLoaded,
  aside: (places) => ({
    resource: { kind: 'database', id: `*${databasesAside(places)}` },
    remove: dropDatabases(places, databasesAside(places)),
    isThere: areDatabasesAside(places),
  }),
}
