import type { Action } from './action.ts'

/** The account's alias: it can have one. */
export const listAccountAliases: Action = {
  name: 'ListAccountAliases',
  parameters: ['MaxItems', 'Marker'],
  resource: null,
  prepare: ({ state: { world } }) => {
    const aliases = world.accountAlias === undefined ? [] : [world.accountAlias]
    return () => ({ AccountAliases: { member: aliases }, IsTruncated: false })
  },
}
