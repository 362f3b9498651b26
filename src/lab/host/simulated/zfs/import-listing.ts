// What `zpool import` without a name shows of a pool.
import { configLines, configRows } from './pool-status-command.ts'
import { inUseElsewhere, type Candidate } from './import-scan.ts'
import type { Host } from './model.ts'
import { vdevsHealth } from './pool-vdevs.ts'

const page = 'https://openzfs.github.io/openzfs-docs/msg/'

/** Its state, and the lines that say what is the matter and what can be done. */
function verdict(host: Host, candidate: Candidate): { state: string; lines: string[] } {
  const health = vdevsHealth(candidate.label.vdevs, candidate.missing)
  if (health === 'UNAVAIL')
    return {
      state: 'UNAVAIL',
      lines: [
        'status: One or more devices are missing from the system.',
        ' action: The pool cannot be imported. Attach the missing',
        '\tdevices and try again.',
        `   see: ${page}ZFS-8000-3C`,
      ],
    }
  if (candidate.pool === undefined)
    return {
      state: 'FAULTED',
      lines: [
        'status: The pool metadata is corrupted.',
        ' action: The pool cannot be imported due to damaged devices or data.',
        `   see: ${page}ZFS-8000-72`,
      ],
    }
  if (inUseElsewhere(host, candidate))
    return {
      state: health,
      lines: [
        'status: The pool was last accessed by another system.',
        ' action: The pool can be imported using its name or numeric identifier and',
        "\tthe '-f' flag.",
        `   see: ${page}ZFS-8000-EY`,
      ],
    }
  if (health === 'DEGRADED')
    return {
      state: health,
      lines: [
        'status: One or more devices are missing from the system.',
        ' action: The pool can be imported despite missing or damaged devices.  The',
        '\tfault tolerance of the pool may be compromised if imported.',
        `   see: ${page}ZFS-8000-2Q`,
      ],
    }
  return { state: health, lines: [' action: The pool can be imported using its name or numeric identifier.'] }
}

export function listingOf(host: Host, candidate: Candidate): string[] {
  const { label, found, missing } = candidate
  const { state, lines } = verdict(host, candidate)
  const vdevs = label.vdevs.map((vdev) => ({
    ...vdev,
    leaves: vdev.leaves.map((leaf) => ({ ...leaf, path: found.get(leaf.guid) ?? leaf.path })),
  }))
  const pool = {
    ...label,
    state: { datasets: [], settings: new Map(), nextObjset: 0 },
    checkpoint: null,
    history: [],
    vdevs,
  }
  const rows = configRows(host, { name: label.name, pool, missing }, { path: false, resolved: false })
  return [
    `   pool: ${label.name}`,
    `     id: ${label.guid}`,
    `  state: ${state}`,
    ...lines,
    ' config:',
    '',
    ...configLines(
      rows.map((row, at) => (at === 0 ? { ...row, state } : row)),
      (row) =>
        row.note === undefined ? row.state : `${row.state}  ${row.note.startsWith('was') ? 'cannot open' : row.note}`,
    ),
  ]
}
