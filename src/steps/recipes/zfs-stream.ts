// Streams of `zfs send`: received into a dataset of their own, which then takes the name of the old one.
import { checkStreams } from '../../remote/linux/check-staged.ts'
import {
  datasetAside,
  datasetStanding,
  destroyReceived,
  isDatasetAside,
  lookAtDataset,
  receivedDataset,
  receiveStreams,
  swapDatasets,
  unswapDatasets,
  type DatasetFacts,
} from '../../remote/zfs/receive.ts'
import type { Room } from '../../remote/linux/staging.ts'
import { sh } from '../../text/quote.ts'
import { checkedBy } from './checked.ts'
import type { Run } from '../step.ts'
import type { Places, Recipe } from './recipe.ts'

export const isDatasetName = (into: string): boolean => /^[A-Za-z][\w.:-]*(\/[\w.: -]+)+$/.test(into)

/** What stands against a dataset's being replaced, by what there is. */
export const standingAgainst = (into: string, there: DatasetFacts): string[] => [
  ...(there.parentExists ? [] : [`the dataset above ${into} is not there: is its pool imported?`]),
  ...(there.isVolume ? [`${into} is a volume`] : []),
  ...(there.children > 0
    ? [`${into} has ${there.children} datasets below it, which would lose their place: restore into another name`]
    : []),
]

export async function datasetRoom(run: Run, into: string): Promise<Room> {
  const { freeBytes } = await run.do(lookAtDataset(into))
  return { freeBytes, freeFiles: null, mountpoint: into.slice(0, into.indexOf('/')) }
}

/** The old dataset, and how to be rid of it. */
export const datasetLeft = (places: Places) => ({
  resource: { kind: 'dataset' as const, id: datasetAside(places) },
  remove: sh`zfs destroy -rv ${datasetAside(places)}`,
  isThere: isDatasetAside(places),
})

/** The dataset that was received, or made anew, and how to be rid of it. */
export const datasetMade = (places: Places) => ({
  resource: { kind: 'dataset' as const, id: receivedDataset(places) },
  remove: sh`zfs destroy -rv ${receivedDataset(places)}`,
})

export const zfsStreamRecipe: Recipe = {
  kind: 'zfs-stream',
  into: 'the dataset that it is to be, such as tank/chat',
  wrongInto: (into) => (isDatasetName(into) ? undefined : `${into} is no dataset below a pool, such as tank/chat`),
  tools: ['curl', 'zfs', 'zstream'],
  obstacles: async (run, into) => standingAgainst(into, await run.do(lookAtDataset(into))),
  room: datasetRoom,
  check: (places) => checkedBy(checkStreams({ ...places, hasKey: places.passphrase !== null })),
  unpack: (places) => [receiveStreams(places)],
  discard: (places) => [destroyReceived(places)],
  made: datasetMade,
  swap: (places) => [swapDatasets(places)],
  unswap: (places) => [unswapDatasets(places)],
  standing: datasetStanding,
  aside: datasetLeft,
}
