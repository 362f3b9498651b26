// A folder: as objects that are a file each (`aws s3 sync`), in archives of tar(1), or in backups of duplicity(1). The new one
// is made beside the old.
import { posix } from 'node:path'
import { checkArchives, checkFiles } from '../../remote/linux/check-staged.ts'
import { checkDuplicity, duplicityVersion, folderOfDuplicity } from '../../remote/linux/duplicity.ts'
import {
  discardFolder,
  folderAside,
  folderOfArchives,
  folderOfObjects,
  folderStanding,
  lookAtFolder,
  swapFolder,
  unswapFolder,
} from '../../remote/linux/folder.ts'
import { roomAt } from '../../remote/linux/staging.ts'
import { sh } from '../../text/quote.ts'
import type { Run } from '../step.ts'
import { checkedBy } from './checked.ts'
import type { Recipe } from './recipe.ts'

async function obstacles(run: Run, into: string): Promise<string[]> {
  const there = await run.do(lookAtFolder(into))
  return [
    ...(there.is === 'link' ? [`${into} is a symbolic link: name the folder that it leads to`] : []),
    ...(there.is === 'other' ? [`${into} is there, and is no folder`] : []),
    ...(there.parent ? [] : [`${posix.dirname(into)} is not there, or is no folder`]),
    ...(there.mountpoint ? [`${into} is a mountpoint, which can't be renamed: name a folder in it`] : []),
    ...(there.mountsBelow > 0 ? [`${there.mountsBelow} filesystems are mounted below ${into}`] : []),
  ]
}

const common = {
  into: 'the folder that it is to be, such as /srv/chat',
  wrongInto: (into: string) =>
    posix.isAbsolute(into) && posix.normalize(into) === into && into !== '/' && !into.endsWith('/')
      ? undefined
      : `${into} is no absolute path of a folder, such as /srv/chat`,
  obstacles,
  room: (run: Run, into: string) => run.do(roomAt(posix.dirname(into))),
  discard: (places) => [discardFolder(places)],
  swap: (places) => [swapFolder(places)],
  unswap: (places) => [unswapFolder(places)],
  standing: folderStanding,
  aside: (places) => ({
    resource: { kind: 'folder', id: folderAside(places) },
    remove: sh`rm -rf --one-file-system -- ${folderAside(places)}`,
  }),
} satisfies Partial<Recipe>

/** Objects that are a file each, as `aws s3 sync` writes them. */
export const folderRecipe: Recipe = {
  ...common,
  kind: 'folder',
  tools: ['curl'],
  check: ({ staging }) => checkedBy(checkFiles(staging)),
  unpack: (places) => [folderOfObjects(places)],
}

/** Archives of tar, one or several, unpacked one over the other in the order of their keys. */
export const archiveRecipe: Recipe = {
  ...common,
  kind: 'archive',
  tools: ['curl', 'tar'],
  check: ({ staging }) => checkedBy(checkArchives(staging)),
  unpack: (places) => [folderOfArchives(places)],
}

/** The backups of duplicity that lead to one moment. */
export const duplicityRecipe: Recipe = {
  ...common,
  kind: 'duplicity',
  tools: ['curl', 'duplicity', 'gpg'],
  async obstacles(run, into) {
    const version = await run.do(duplicityVersion())
    return [
      ...(version === null ? ['the host has no duplicity (Debian, Ubuntu: apt-get install duplicity)'] : []),
      ...(await obstacles(run, into)),
    ]
  },
  check: (places) => checkedBy(checkDuplicity(places)),
  unpack: (places) => [folderOfDuplicity(places)],
}
