/** The tags that tell what a run made. Only what carries `made` may ever be deleted by Lifeboat. */
export const tag = {
  made: 'lifeboat:made',
  host: 'lifeboat:host',
  step: 'lifeboat:step',
  /** On a volume that Lifeboat did not make, while a run uses it: `RUN by WHO since WHEN`. */
  lock: 'lifeboat:lock',
} as const

export const ownershipTags = (run: string, host: string, step: string): Record<string, string> => ({
  [tag.made]: run,
  [tag.host]: host,
  [tag.step]: step,
})
