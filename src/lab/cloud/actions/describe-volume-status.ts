import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findVolume } from '../find.ts'
import { pageOf } from '../pages.ts'
import { items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { Initialization, Volume } from '../state/resources.ts'
import type { Action } from './action.ts'

const filters: FilterTable<Volume> = {
  'availability-zone': (volume) => [volume.availabilityZone],
  'volume-status.details-name': () => ['io-enabled', 'io-performance'],
  'volume-status.status': (volume) => [statusOf(volume)],
}

/** Tells of each volume whether it does I/O, and how much of its snapshot has arrived. */
export const describeVolumeStatus: Action = {
  name: 'DescribeVolumeStatus',
  parameters: ['Filter', 'MaxResults', 'NextToken', 'VolumeId'],
  resource: null,
  prepare({ parameters, state }) {
    const ids = parameters.texts('VolumeId')
    const asked = ids.length === 0 ? [...state.volumes.values()] : ids.map((id) => findVolume(state, id))
    const wanted = filterBy(readFilters(parameters), filters, () => new Map())
    const page = pageOf(asked.filter(wanted), (volume) => volume.volumeId, parameters, {
      action: 'DescribeVolumeStatus',
      min: 5,
      max: 1000,
      ids: { parameter: 'VolumeId', called: 'volumeSet' },
    })
    const now = state.now()
    return () => ({
      volumeStatusSet: items(page.entries.map((volume) => statusShape(volume, now))),
      nextToken: page.nextToken,
    })
  },
}

function statusOf(volume: Volume): 'ok' | 'insufficient-data' | 'impaired' {
  if (volume.state === 'error') return 'impaired'
  return volume.state === 'creating' ? 'insufficient-data' : 'ok'
}

function statusShape(volume: Volume, now: Date): XmlElements {
  const status = statusOf(volume)
  const details = [
    { name: 'io-enabled', status: status === 'ok' ? 'passed' : status },
    { name: 'io-performance', status: 'not-applicable' },
  ]
  return {
    volumeId: volume.volumeId,
    availabilityZone: volume.availabilityZone,
    volumeStatus: { status, details: items(details) },
    eventsSet: items([]),
    actionsSet: items([]),
    initializationStatusDetails:
      volume.initialization === null ? undefined : initializationShape(volume.initialization, now),
  }
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InitializationStatusDetails.html: an estimate is
// given only where a rate was paid for.
function initializationShape({ rateMiBps, startedAt, endsAt }: Initialization, now: Date): XmlElements {
  const leftMs = Math.max(0, endsAt.getTime() - now.getTime())
  const wholeMs = endsAt.getTime() - startedAt.getTime()
  return {
    initializationType: rateMiBps === null ? 'default' : 'provisioned-rate',
    progress: leftMs === 0 ? 100 : Math.min(99, Math.max(0, Math.floor(100 * (1 - leftMs / wholeMs)))),
    estimatedTimeToCompleteInSeconds: rateMiBps === null ? undefined : Math.ceil(leftMs / 1000),
  }
}
