import type { RouteId } from './step.ts'

/** Thrown where the operator has chosen another source than the run's: its steps are others, so it is begun anew. */
export class AnotherRoute extends Error {
  readonly source: RouteId

  constructor(source: RouteId) {
    super(`the run is begun anew with --source ${source}`)
    this.source = source
  }
}
