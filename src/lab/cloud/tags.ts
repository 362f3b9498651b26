import { ApiError, invalidValue, missingParameter } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import { items } from './protocol/xml.ts'
import type { XmlElements } from './protocol/xml.ts'
import type { Tags } from './state/resources.ts'

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
const mostTags = 50
const longestKey = 128
const longestValue = 256

/** Tags as a request gives them (`Tag.1.Key`, `Tag.1.Value`), checked one by one. */
export function readTags(parameters: Parameters): Tags {
  const tags = new Map<string, string>()
  for (const given of parameters.structures('Tag')) {
    const key = given.text('Key')
    if (key === undefined) throw missingParameter('key')
    const value = given.text('Value') ?? ''
    checkTag(key, value)
    if (tags.has(key)) throw new ApiError('InvalidParameterValue', `Duplicate tag key '${key}' specified.`)
    tags.set(key, value)
  }
  return tags
}

type BornWithTags = 'volume' | 'snapshot' | 'instance' | 'network-interface' | 'security-group'

/**
 * Tags that a resource is to be born with (`TagSpecification.1.ResourceType`, `TagSpecification.1.Tag.1.Key`).
 * `possible` are all the kinds that the call makes, if there are several.
 */
export function readTagSpecifications(
  parameters: Parameters,
  resourceType: BornWithTags,
  possible: readonly BornWithTags[] = [resourceType],
): Tags {
  const tags = new Map<string, string>()
  for (const specification of parameters.structures('TagSpecification')) {
    const wanted = specification.required('ResourceType')
    if (!possible.some((kind) => kind === wanted)) {
      throw new ApiError(
        'InvalidParameterValue',
        `'${wanted}' is not a valid taggable resource type for this operation.`,
      )
    }
    const given = readTags(specification)
    if (given.size === 0) {
      throw new ApiError('InvalidParameterValue', 'Tag specification must have at least one tag')
    }
    if (wanted === resourceType) for (const [key, value] of given) tags.set(key, value)
  }
  return addTags(new Map(), tags)
}

/** Both together. A key that is there already is overwritten and doesn't count twice; AWS's own tags don't count. */
export function addTags(there: Tags, added: Tags): Tags {
  const all = new Map([...there, ...added])
  const counted = [...all.keys()].filter((key) => !isReserved(key))
  if (counted.length > mostTags) {
    throw new ApiError('TagLimitExceeded', `You have reached the limit of ${mostTags} tags per resource.`)
  }
  return all
}

/** Throws for a key that only AWS itself may write or remove. */
export function checkNotReserved(key: string): void {
  if (isReserved(key)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value ( ${key} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use`,
    )
  }
}

export function isReserved(key: string): boolean {
  return key.toLowerCase().startsWith('aws:')
}

function checkTag(key: string, value: string): void {
  checkNotReserved(key)
  if (key === '') throw invalidValue('key', key, 'Tag keys must not be empty.')
  if (key.length > longestKey) {
    throw new ApiError('InvalidParameterValue', `Tag key exceeds the maximum length of ${longestKey} characters`)
  }
  if (value.length > longestValue) {
    throw new ApiError('InvalidParameterValue', `Tag value exceeds the maximum length of ${longestValue} characters`)
  }
}

/** A resource's tags as its `tagSet`; a resource without any has no such element. */
export function tagSet(tags: Tags): XmlElements | undefined {
  return tags.size === 0 ? undefined : items([...tags].map(([key, value]) => ({ key, value })))
}
