// A folder: as objects that are a file each (`aws s3 sync`), in archives of tar(1), or in backups of duplicity(1). The new one
// is made beside the old.
import { posix } from 'node:path'
import { checkArchives, checkFiles } from '../../remote/linux/check-staged.ts'
import { checkDuplicity, duplicityVersion, folderOfDuplicity } from '../../remote/linux/duplicity.ts'
import {
  asideWithAll,
  discardFolder,
  freshFolder,
  folderAside,
  folderStanding,
  isDataset,
  isFolderAside,
  swapFolder,
  swapFolderDatasets,
  unswapFolder,
} from '../../remote/linux/folder-swap.ts'
import { contentsOfBoth, folderOfArchives, folderOfObjects, type FolderContents } from '../../remote/linux/folder.ts'
import { lookAtFolder, lookAtPath } from '../../remote/linux/look-at-folder.ts'
import { roomAt } from '../../remote/linux/staging.ts'
import { datasetStanding, destroyReceived, lookAtDataset, unswapDatasets } from '../../remote/zfs/receive.ts'
import { bytes } from '../../text/bytes.ts'
import { oneLine } from '../../text/display.ts'
import { many } from '../../text/many.ts'
import { sh } from '../../text/quote.ts'
import { utcMinute } from '../../text/time.ts'
import type { ShellCommand } from '../../remote/command.ts'
import type { Run } from '../step.ts'
import { checkedBy } from './checked.ts'
import type { Places, Recipe } from './recipe.ts'
import { datasetLeft, datasetMade, datasetRoom, isDatasetName, standingAgainst } from './zfs-stream.ts'

async function datasetObstacles(run: Run, into: string): Promise<string[]> {
  const there = await run.do(lookAtDataset(into))
  return [
    ...standingAgainst(into, there),
    ...(there.exists && !there.mountpoint.startsWith('/') ? [`${into} has no mountpoint of its own`] : []),
    ...(there.ownKey ? [`${into} has a key of its own, which the dataset that is made beside it would not have`] : []),
  ]
}

/** What stands against one path's being replaced where it is. */
async function pathObstacles(run: Run, into: string, only: string): Promise<string[]> {
  const { inTheWay, mountpoint, mountsBelow } = await run.do(lookAtPath(into, only))
  const path = oneLine(posix.join(into, only))
  if (inTheWay !== null) {
    const { is } = inTheWay
    const way = oneLine(inTheWay.path)
    const above =
      inTheWay.path === into ? 'restore all of it' : `name it: --only ${posix.relative(into, inTheWay.path)}`
    return [
      is === 'link'
        ? `${way} is a symbolic link, and ${path} is not below ${oneLine(into)} itself`
        : `${way} ${is === 'absent' ? 'is not there' : 'is there, and is no folder'}: to have it back with what was in it, ${oneLine(above)}`,
    ]
  }
  return [
    ...(mountpoint ? [`${path} is a mountpoint, which can't be renamed: name what is in it`] : []),
    ...(mountsBelow > 0 ? [`${mountsBelow} filesystems are mounted below ${path}`] : []),
  ]
}

/** @param takesDatasets whether the new one can be a dataset beside the old */
async function obstacles(run: Run, into: string, only: string | null, takesDatasets = true): Promise<string[]> {
  if (only !== null) return pathObstacles(run, into, only)
  if (isDataset(into)) return datasetObstacles(run, into)
  const there = await run.do(lookAtFolder(into))
  return [
    ...(there.is === 'link' ? [`${into} is a symbolic link: name the folder that it leads to`] : []),
    ...(there.is === 'other' ? [`${into} is there, and is no folder`] : []),
    ...(there.parent ? [] : [`${posix.dirname(into)} is not there, or is no folder`]),
    ...(there.mountpoint
      ? [
          there.dataset === null || !takesDatasets
            ? `${into} is a mountpoint, which can't be renamed: name a folder in it`
            : `${into} is the mountpoint of the dataset ${there.dataset}: name that instead (--to ${there.dataset})`,
        ]
      : []),
    ...(there.mountsBelow > 0 ? [`${there.mountsBelow} filesystems are mounted below ${into}`] : []),
  ]
}

/** Only one path of it can be put in place of what is below `/`. */
const wrongFolder = (into: string, only: string | null): string | undefined =>
  posix.isAbsolute(into) && posix.normalize(into) === into && (into === '/' ? only !== null : !into.endsWith('/'))
    ? undefined
    : `${into} is no absolute path of a folder, such as /srv/chat`

const inWords = ({ files, bytes: size }: FolderContents): string => `${many(files, 'file')}, ${bytes(size)}`

const newestOf = ({ files, newestMs }: FolderContents): string =>
  files === 0 ? '' : `, the newest of ${utcMinute(new Date(newestMs))} UTC`

/**
 * A folder that somebody has emptied, and a backup that has saved it so, show in nothing else before it is too late.
 * @param hasTimes whether the dump keeps when its files were written
 */
const comparing =
  (hasTimes: boolean) =>
  (places: Places): ShellCommand<readonly string[]> => {
    const command = contentsOfBoth(places)
    return {
      ...command,
      parse(output) {
        const { fresh, old } = command.parse(output)
        return [
          ...(fresh === null ? [] : [`in the dump: ${inWords(fresh)}${hasTimes ? newestOf(fresh) : ''}`]),
          ...(old === null ? [] : [`there now: ${inWords(old)}${newestOf(old)}`]),
        ]
      },
    }
  }

const common = {
  into: 'the folder that it is to be, such as /srv/chat, or the dataset that is mounted there, such as tank/chat',
  wrongInto: (into, only) => (isDatasetName(into) ? undefined : wrongFolder(into, only)),
  obstacles: (run: Run, into: string, only: string | null) => obstacles(run, into, only),
  room: (run: Run, into: string, only: string | null) =>
    isDataset(into) ? datasetRoom(run, into) : run.do(roomAt(posix.dirname(posix.join(into, only ?? '')))),
  compared: comparing(true),
  discard: (places) => [isDataset(places.into) ? destroyReceived(places) : discardFolder(places)],
  made: (places) =>
    isDataset(places.into)
      ? datasetMade(places)
      : {
          resource: { kind: places.only === null ? 'folder' : 'data', id: freshFolder(places) },
          remove: discardFolder(places).line,
        },
  swap: (places) => [isDataset(places.into) ? swapFolderDatasets(places) : swapFolder(places)],
  unswap: (places) => [isDataset(places.into) ? unswapDatasets(places) : unswapFolder(places)],
  standing: (places) => (isDataset(places.into) ? datasetStanding(places) : folderStanding(places)),
  aside: (places) =>
    isDataset(places.into)
      ? datasetLeft(places)
      : {
          resource: { kind: places.only === null ? 'folder' : 'data', id: folderAside(places) },
          remove: sh`rm -rf --one-file-system -- ${asideWithAll(places)}`,
          isThere: isFolderAside(places),
        },
} satisfies Partial<Recipe>

/** Objects that are a file each, as `aws s3 sync` writes them. */
export const folderRecipe: Recipe = {
  ...common,
  kind: 'folder',
  staged: 'it is a file for each object',
  tools: ['curl'],
  compared: comparing(false),
  check: ({ staging }) => checkedBy(checkFiles(staging)),
  unpack: (places) => [folderOfObjects(places)],
}

/** Archives of tar, one or several, unpacked one over the other in the order of their keys. */
export const archiveRecipe: Recipe = {
  ...common,
  kind: 'archive',
  tools: ['curl', 'tar'],
  check: (places) => checkedBy(checkArchives(places)),
  unpack: (places) => [folderOfArchives(places)],
}

/** The backups of duplicity that lead to one moment. */
export const duplicityRecipe: Recipe = {
  ...common,
  kind: 'duplicity',
  into: 'the folder that it is to be, such as /srv/chat',
  staged: 'duplicity reads its volumes as files',
  // It makes the folder itself.
  wrongInto: wrongFolder,
  tools: ['curl', 'duplicity', 'gpg'],
  // Its options take it for somebody's home folder.
  wrongOnly: (only) => (only.startsWith('~') ? 'duplicity can not be asked for a path that begins with ~' : undefined),
  async obstacles(run, into, only) {
    const version = await run.do(duplicityVersion())
    return [
      ...(version === null ? ['the host has no duplicity (Debian, Ubuntu: apt-get install duplicity)'] : []),
      ...(await obstacles(run, into, only, false)),
    ]
  },
  check: (places) => checkedBy(checkDuplicity(places)),
  unpack: (places) => [folderOfDuplicity(places)],
}
