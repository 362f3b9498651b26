// What pg_dumpall wrote, compressed or not. The server has one database of a name: the old ones are renamed first.
import { checkPostgres } from '../../remote/linux/check-staged.ts'
import { databasesAside, databaseStanding, loadDump, serverVersion, unloadDump } from '../../remote/linux/postgres.ts'
import { oneLine } from '../../text/display.ts'
import { checkedBy } from './checked.ts'
import type { Recipe } from './recipe.ts'

export const postgresRecipe: Recipe = {
  kind: 'postgres',
  into: 'the server: postgres for the one on the host, docker:CONTAINER for one in a container',
  wrongInto: (into) =>
    /^(postgres|docker:[\w.-]+(:[\w.-]+)?)$/.test(into)
      ? undefined
      : `${into} is neither postgres nor docker:CONTAINER`,
  tools: ['curl'],
  async obstacles(run, into) {
    const { version, said } = await run.do(serverVersion(into))
    return version === null ? [`no superuser of PostgreSQL answers at ${into}: ${oneLine(said).slice(0, 200)}`] : []
  },
  room: async () => null,
  check: ({ staging }) => checkedBy(checkPostgres(staging)),
  unpack: () => [],
  discard: () => [],
  swap: (places) => [loadDump(places)],
  unswap: (places) => [unloadDump(places)],
  standing: databaseStanding,
  aside: (places) => ({
    resource: { kind: 'database', id: `*${databasesAside(places)}` },
    remove: `runuser -u postgres -- psql -Atc "select 'dropdb ' || quote_ident(datname) from pg_database where datname like '%${databasesAside(places)}'"`,
  }),
}
