// The form that all of EC2's calls share.
import type { Tag } from '@aws-sdk/client-ec2'
import type { AwsCommand } from '../command.ts'

export type Tags = Readonly<Record<string, string>>

export const tagsOf = (tags: readonly Tag[] | undefined): Tags =>
  Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))

export const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what the parser may expect
export const call = <Output, T>(
  action: string,
  input: object,
  reads: boolean,
  parse: (output: Output) => T,
): AwsCommand<T> => ({
  kind: 'aws',
  service: 'ec2',
  action,
  input,
  reads,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's answer has the type its action is given here
  parse: (output) => parse(output as Output),
})

export const filters = (wanted: Readonly<Record<string, readonly string[]>>): { Name: string; Values: string[] }[] =>
  Object.entries(wanted).map(([Name, values]) => ({ Name, Values: [...values] }))
