// What a restore from a dump asks of a host once the objects are there: reading them, and putting them in place.
import { checkArchives, checkFiles, checkStreams } from '../../../src/remote/linux/check-staged.ts'
import { discardFolder, folderStanding, swapFolder, unswapFolder } from '../../../src/remote/linux/folder-swap.ts'
import { folderOfArchives, folderOfObjects } from '../../../src/remote/linux/folder.ts'
import { lookAtFolder } from '../../../src/remote/linux/look-at-folder.ts'
import {
  digestsIn,
  fetchParts,
  listStaged,
  makeStaging,
  removeStaging,
  sizesIn,
} from '../../../src/remote/linux/staging.ts'
import {
  datasetStanding,
  destroyReceived,
  lookAtDataset,
  receiveStreams,
  swapDatasets,
  unswapDatasets,
} from '../../../src/remote/zfs/receive.ts'
import { asked, typed, type Normalise, type Story } from '../contract.ts'
import { sorted } from '../normalise.ts'
import { newer, older, poolAtWork, poolGone } from './pool-of.ts'

const staging = '/var/lib/lifeboat/r1'
const folder = { run: 'r1', into: '/srv/www', staging }
const dataset = { run: 'r1', into: 'tank/chat', staging, passphrase: null }

const inFolder = 'cd /srv/www && find . -exec stat -c "%n %a %U %G" {} + | sort; cat index.html'

const objects = [
  { name: '0', path: 'index.html' },
  { name: '1', path: `it's; $(odd)/-n` },
]

const archived = 'tar -C / -czf - srv/www'

/** How many bytes there are, and where a cut goes through them, hangs on how it was packed: no two tars pack alike. */
const asPacked: Normalise = (text) =>
  text.replaceAll(/^bytes\t\d+$/gm, 'bytes\t<n>').replaceAll(/is broken: .*/g, 'is broken')

export const foldersFromDumps: Story = {
  name: 'folders from dumps',
  begin: [
    'mkdir -p /srv/www/sub; echo old > /srv/www/index.html; echo deep > /srv/www/sub/x; ln -s index.html /srv/www/link',
    'chown -R alice:alice /srv/www; chmod 700 /srv/www; chmod 640 /srv/www/index.html',
  ],
  end: ['rm -rf /srv/www* /var/lib/lifeboat'],
  cases: [
    asked('where it goes', lookAtFolder('/srv/www')),
    asked('a place that is not there', lookAtFolder('/srv/none/www')),
    asked('a place that is a link', lookAtFolder('/srv/www/link')),
    asked('a place that is a mountpoint', lookAtFolder('/run')),
    asked('making the staging folder', makeStaging(staging)),
    asked('making it again', makeStaging(staging)),
    typed(`stat -c '%a %U' ${staging}`, { name: 'who may look into it' }),
    asked('listing what is staged', listStaged(staging, objects)),
    asked('nothing is there yet', sizesIn(staging, ['0.0', '1.0', '1.1'])),
    asked('sizes of what is there', sizesIn(staging, ['0.0', '1.0', '2.0']), {
      before: [`printf new > ${staging}/0.0; printf 1 > ${staging}/1.0; printf 2 > ${staging}/1.1`],
      normalise: sorted,
    }),
    asked('digests', digestsIn(staging, new Map())),
    asked('reading plain files', checkFiles(staging)),
    asked('a folder of objects', folderOfObjects(folder)),
    asked('it is beside the old one', folderStanding(folder)),
    asked('putting it in place', swapFolder(folder)),
    asked('putting it in place again', swapFolder(folder)),
    asked('it has the place', folderStanding(folder)),
    typed(inFolder, { name: 'what has the place' }),
    asked('taking it out', unswapFolder(folder)),
    asked('taking it out again', unswapFolder(folder)),
    asked('the old one has the place', folderStanding(folder)),
    asked('removing the new one', discardFolder(folder)),
    typed(`${inFolder}; ls /srv`, { name: 'what is as before' }),
    asked('reading an archive', checkArchives(folder), {
      before: [
        `rm ${staging}/*; ${archived} > ${staging}/0.0; printf '0\\twww.tar.gz\\000' > ${staging}/objects`,
        'echo newer > /srv/www/index.html',
      ],
    }),
    asked('a folder of an archive', folderOfArchives(folder)),
    asked('putting the archive in place', swapFolder(folder)),
    typed(inFolder, { name: 'what the archive brought' }),
    asked('reading an archive that was cut off', checkArchives(folder), {
      before: [`head -c 150 ${staging}/0.0 > ${staging}/x; mv ${staging}/x ${staging}/0.0`],
      normalise: asPacked,
    }),
    asked('reading an archive that is none', checkArchives(folder), { before: [`echo nope > ${staging}/0.0`] }),
    {
      ...asked('fetching from nowhere', fetchParts([], 's3://b/k')),
      stdin:
        'url = "http://127.0.0.1:9/a"\noutput = "/dev/null"\nfail\nwrite-out = "%{http_code} %{size_download}\\n"\n',
      // It says how long it took, and where it looked first.
      normalise: (text) => text.replaceAll(/ port 9 after \d+ ms: .*/g, ' port 9'),
    },
    asked('removing what is staged', removeStaging(staging)),
    asked('removing it again', removeStaging(staging)),
  ],
}

const streams = [
  { name: '0', path: 'full.zfs.gz' },
  { name: '1', path: 'since.zfs' },
]

export const streamsFromDumps: Story = {
  name: 'streams from dumps',
  begin: [
    ...poolAtWork,
    'zfs set quota=100M tank/chat; systemctl stop chat.service',
    `mkdir -p ${staging}; zfs send -p tank/chat@${older} | gzip -1 > ${staging}/0.0; zfs send -i @${older} tank/chat@${newer} > ${staging}/1.0`,
  ],
  end: [...poolGone, 'rm -rf /var/lib/lifeboat'],
  cases: [
    asked('where it goes', lookAtDataset('tank/chat'), {
      normalise: (text) => text.replaceAll(/^free \d+$/gm, 'free <n>'),
    }),
    asked('a place that is not there', lookAtDataset('tank/none/chat')),
    asked('listing the streams', listStaged(staging, streams)),
    asked('reading the streams', checkStreams({ ...dataset, hasKey: false }), { normalise: asPacked }),
    asked('receiving them', receiveStreams(dataset)),
    asked('receiving them again', receiveStreams(dataset)),
    typed('zfs list -H -o name,mounted -t all -r tank', { name: 'what was received' }),
    typed('zfs get -H -o property,value,source quota,canmount,mountpoint tank/chat-lifeboat-r1', {
      name: 'what is set on it',
    }),
    asked('it is beside the old one', datasetStanding(dataset)),
    asked('putting it in place', swapDatasets(dataset), { before: ['echo oops > /tank/chat/messages.log'] }),
    asked('putting it in place again', swapDatasets(dataset)),
    asked('it has the place', datasetStanding(dataset)),
    typed('cat /tank/chat/messages.log; zfs get -H -o value quota,canmount,mounted tank/chat; zfs list -H -o name', {
      name: 'what has the place',
    }),
    asked('taking it out', unswapDatasets(dataset)),
    asked('the old one has the place', datasetStanding(dataset)),
    typed('cat /tank/chat/messages.log; zfs get -H -o value canmount,mounted tank/chat', { name: 'what is as before' }),
    asked('destroying what was received', destroyReceived(dataset)),
    asked('destroying it again', destroyReceived(dataset)),
    typed(`zfs receive tank/chat < ${staging}/1.0`),
    typed(`gzip -dc < ${staging}/0.0 | zfs receive tank/chat`),
    typed(`zfs receive tank/none < ${staging}/1.0`),
    typed('echo nope | zfs receive tank/none'),
    typed('zfs receive tank/none < /dev/null'),
    typed('echo nope | zstream dump'),
    typed(`zfs send -i @${newer} tank/chat@${older}`),
    typed('zfs send tank/chat@nope'),
    asked('reading a stream that was cut off', checkStreams({ ...dataset, hasKey: false }), {
      before: [`head -c 200 ${staging}/0.0 > ${staging}/x; mv ${staging}/x ${staging}/0.0`],
      normalise: asPacked,
    }),
  ],
}
