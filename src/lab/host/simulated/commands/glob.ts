/** `lifeboat-*.service` as fnmatch(3) reads it: `*`, `?` and `[…]`. */
export const globToRegExp = (pattern: string): RegExp =>
  new RegExp(
    `^${[...pattern.matchAll(/\[!?[^\]]+\]|[\s\S]/g)]
      .map(([part]) =>
        part === '*'
          ? '.*'
          : part === '?'
            ? '.'
            : part.length > 1
              ? part.replace('[!', '[^')
              : part.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&'),
      )
      .join('')}$`,
    's',
  )
