// Streams of `zfs send`: received into a dataset of their own, which then takes the name of the old one.
import { checkStreams } from '../../remote/linux/check-staged.ts'
import {
  datasetAside,
  datasetStanding,
  destroyReceived,
  lookAtDataset,
  receiveStreams,
  swapDatasets,
  unswapDatasets,
} from '../../remote/zfs/receive.ts'
import { sh } from '../../text/quote.ts'
import { checkedBy } from './checked.ts'
import type { Recipe } from './recipe.ts'

export const zfsStreamRecipe: Recipe = {
  kind: 'zfs-stream',
  into: 'the dataset that it is to be, such as tank/chat',
  wrongInto: (into) =>
    /^[A-Za-z][\w.:-]*(\/[\w.: -]+)+$/.test(into) ? undefined : `${into} is no dataset below a pool, such as tank/chat`,
  tools: ['curl', 'zfs', 'zstream'],
  async obstacles(run, into) {
    const there = await run.do(lookAtDataset(into))
    return [
      ...(there.parentExists ? [] : [`the dataset above ${into} is not there: is its pool imported?`]),
      ...(there.isVolume ? [`${into} is a volume`] : []),
      ...(there.children > 0
        ? [`${into} has ${there.children} datasets below it, which would lose their place: restore into another name`]
        : []),
    ]
  },
  async room(run, into) {
    const { freeBytes } = await run.do(lookAtDataset(into))
    return { freeBytes, freeFiles: null, mountpoint: into.slice(0, into.indexOf('/')) }
  },
  check: ({ staging }) => checkedBy(checkStreams(staging)),
  unpack: (places) => [receiveStreams(places)],
  discard: (places) => [destroyReceived(places)],
  swap: (places) => [swapDatasets(places)],
  unswap: (places) => [unswapDatasets(places)],
  standing: datasetStanding,
  aside: (places) => ({
    resource: { kind: 'dataset', id: datasetAside(places) },
    remove: sh`zfs destroy -rv ${datasetAside(places)}`,
  }),
}
