// zdb -l: zdb(8), the only thing of it that is here.
import { misused, notInThisLab, type Out } from './failure.ts'
import { diskOf, labelIn } from './label.ts'
import type { Host } from './model.ts'
import { vdevSize } from './pool-size.ts'
import { wordsOf } from './words.ts'

const line = '------------------------------------'
const states = { active: 0, exported: 1, destroyed: 2 } as const

export function zdbCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'l', 'zdb -l <device>')
  if (!words.has('l')) throw notInThisLab('zdb without -l')
  const [node] = words.rest
  if (node === undefined) throw misused('must specify a device', 'zdb -l <device>')
  const found = diskOf(host.kernel, node)
  // What is wrong is said on standard output too.
  if (found === undefined) {
    out.print(`cannot open '${node}': No such file or directory`)
    out.exitCode = 1
    return
  }
  const label = labelIn(found.disk.read())
  const vdev = label?.vdevs.find(({ leaves }) => leaves.some(({ guid }) => guid === label.leaf))
  const leaf = vdev?.leaves.find(({ guid }) => guid === label?.leaf)
  // The labels are on the partition that ZFS has made, and not on the disk.
  if (
    label === undefined ||
    vdev === undefined ||
    leaf === undefined ||
    (leaf.wholeDisk ? 1 : null) !== found.partition
  ) {
    for (const number of [0, 1, 2, 3]) out.print(`failed to unpack label ${number}`)
    out.exitCode = 2
    return
  }
  const leafLines = (each: typeof leaf, indent: string): string[] => [
    `${indent}guid: ${each.guid}`,
    `${indent}path: '${each.path}'`,
    `${indent}whole_disk: ${each.wholeDisk ? 1 : 0}`,
  ]
  const asize = vdevSize(vdev)
  const tree =
    vdev.kind === 'disk'
      ? [`        type: 'disk'`, `        id: ${label.vdevs.indexOf(vdev)}`, ...leafLines(leaf, '        ')]
      : [
          `        type: 'mirror'`,
          `        id: ${label.vdevs.indexOf(vdev)}`,
          `        guid: ${vdev.guid}`,
          ...vdev.leaves.flatMap((each, at) => [
            `        children[${at}]:`,
            `            type: 'disk'`,
            `            id: ${at}`,
            ...leafLines(each, '            '),
          ]),
        ]
  for (const text of [
    line,
    'LABEL 0',
    line,
    '    version: 5000',
    `    name: '${label.name}'`,
    `    state: ${states[label.state]}`,
    `    txg: ${label.txg}`,
    `    pool_guid: ${label.guid}`,
    '    errata: 0',
    `    hostid: ${Number.parseInt(label.hostid, 16)}`,
    `    hostname: '${label.hostname}'`,
    `    top_guid: ${vdev.guid}`,
    `    guid: ${leaf.guid}`,
    `    vdev_children: ${label.vdevs.length}`,
    '    vdev_tree:',
    ...tree,
    '        metaslab_array: 256',
    `        metaslab_shift: ${Math.floor(Math.log2(asize / 16)) + 1}`,
    '        ashift: 12',
    `        asize: ${asize}`,
    '        is_log: 0',
    '        create_txg: 4',
    '    features_for_read:',
    '        com.delphix:hole_birth',
    '        com.delphix:embedded_data',
    '    labels = 0 1 2 3 ',
  ])
    out.print(text)
}
