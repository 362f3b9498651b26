import { ApiError } from './protocol/api-error.ts'

interface Range {
  readonly min: number
  readonly max: number
}

interface VolumeType {
  readonly sizeGiB: Range
  /** Null where IOPS can't be asked for. */
  readonly iops: Range | null
  readonly iopsPerGiB: number
  readonly throughputMiBps: Range | null
}

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
const volumeTypes: ReadonlyMap<string, VolumeType> = new Map([
  ['gp3', type({ min: 1, max: 65_536 }, { min: 3000, max: 80_000 }, 500, { min: 125, max: 2000 })],
  ['gp2', type({ min: 1, max: 16_384 })],
  ['io1', type({ min: 4, max: 16_384 }, { min: 100, max: 64_000 }, 50)],
  ['io2', type({ min: 4, max: 65_536 }, { min: 100, max: 256_000 }, 1000)],
  ['st1', type({ min: 125, max: 16_384 })],
  ['sc1', type({ min: 125, max: 16_384 })],
  ['standard', type({ min: 1, max: 1024 })],
])

function type(
  sizeGiB: Range,
  iops: Range | null = null,
  iopsPerGiB = 0,
  throughputMiBps: Range | null = null,
): VolumeType {
  return { sizeGiB, iops, iopsPerGiB, throughputMiBps }
}

/** Throws unless AWS would make such a volume. Undefined is what was not asked for. */
export function checkVolumeType(
  name: string,
  sizeGiB: number,
  iops: number | undefined,
  throughputMiBps: number | undefined,
): void {
  const limits = volumeTypes.get(name)
  if (limits === undefined) {
    throw new ApiError('UnknownVolumeType', `Unsupported volume type '${name}' for volume creation.`)
  }
  checkSize(name, sizeGiB, limits.sizeGiB)
  if (throughputMiBps !== undefined) checkThroughput(throughputMiBps, limits.throughputMiBps, iops)
  checkIops(name, sizeGiB, iops, limits)
}

function checkSize(name: string, sizeGiB: number, { min, max }: Range): void {
  if (sizeGiB > max) {
    throw wrong(`Volume of ${sizeGiB}GiB is too large for volume type ${name}; maximum is ${max}GiB.`)
  }
  if (sizeGiB < min) {
    throw wrong(`Volume of ${sizeGiB}GiB is too small for volume type ${name}; minimum is ${min}GiB.`)
  }
}

function checkIops(name: string, sizeGiB: number, iops: number | undefined, limits: VolumeType): void {
  if (iops === undefined) {
    if (name !== 'io1' && name !== 'io2') return
    throw new ApiError('InvalidParameterCombination', `The parameter iops must be specified for ${name} volumes.`)
  }
  if (limits.iops === null) {
    throw new ApiError('InvalidParameterCombination', `The parameter iops is not supported for ${name} volumes.`)
  }
  if (iops < limits.iops.min) throw wrong(`Volume iops of ${iops} is too low; minimum is ${limits.iops.min}.`)
  if (iops > limits.iops.max) throw wrong(`Volume iops of ${iops} is too high; maximum is ${limits.iops.max}.`)
  const perGiB = iops / sizeGiB
  // gp3's first 3000 come with the volume, however small it is.
  if (perGiB > limits.iopsPerGiB && iops !== baselineIops(name, sizeGiB)) {
    throw wrong(
      `Iops to volume size ratio of ${perGiB.toFixed(6)} is too high; maximum is ${limits.iopsPerGiB} per GiB.`,
    )
  }
}

function checkThroughput(throughputMiBps: number, range: Range | null, iops = 3000): void {
  if (range === null) {
    throw new ApiError('InvalidParameterCombination', 'throughput can only be specified for volumeType gp3.')
  }
  if (throughputMiBps < range.min || throughputMiBps > range.max) {
    throw wrong(`Volume throughput of ${throughputMiBps} has to be between ${range.min} and ${range.max} MiB/s.`)
  }
  if (throughputMiBps / iops > 0.25) {
    throw wrong(
      `Throughput (MiBps) to iops ratio of ${(throughputMiBps / iops).toFixed(6)} is too high; maximum is 0.250000 MiBps per iops.`,
    )
  }
}

function wrong(message: string): ApiError {
  return new ApiError('InvalidParameterValue', message)
}

/** The IOPS that AWS shows for a volume for which none were asked. */
export function baselineIops(name: string, sizeGiB: number): number | null {
  if (name === 'gp3') return 3000
  return name === 'gp2' ? Math.min(16_000, Math.max(100, 3 * sizeGiB)) : null
}

export function baselineThroughput(name: string): number | null {
  return name === 'gp3' ? 125 : null
}
