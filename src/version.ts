declare const LIFEBOAT_VERSION: string | undefined

/** The program's version: put in when it is built. */
export const version: string = typeof LIFEBOAT_VERSION === 'undefined' ? '0.0.0-source' : LIFEBOAT_VERSION
