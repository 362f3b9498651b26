/** The first of some names, and how many more there are: `a, b, c and 97 more`. */
export const few = (names: readonly string[], most = 5, between = ', '): string =>
  names.length <= most ? names.join(between) : `${names.slice(0, most).join(between)} and ${names.length - most} more`
