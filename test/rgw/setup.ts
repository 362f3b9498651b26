// One RGW for all files of the project `rgw`.
import type { TestProject } from 'vitest/node'
import { startRgw, type RgwAddress } from './start-rgw.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined in any project but `rgw`. */
    readonly rgw: RgwAddress | undefined
  }
}

/** @throws Error with the line that installs Ceph, where it is not there */
export async function setup(project: TestProject): Promise<() => PromiseLike<void>> {
  const rgw = await startRgw()
  project.provide('rgw', rgw.address)
  return () => rgw[Symbol.asyncDispose]()
}
