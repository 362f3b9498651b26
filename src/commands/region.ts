import type { Config } from '../run/config.ts'
import { UsageError } from '../text/errors.ts'

/** The region: the config's, or what AWS's own variables say. @throws UsageError */
export function regionOf(config: Config, env: NodeJS.ProcessEnv): string {
  const region = config.aws.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION
  if (region !== undefined && region !== '') return region
  const where = config.path === null ? 'there is no config; ' : ''
  throw new UsageError(`which AWS region? ${where}set AWS_REGION, or write "region" under [aws] into the config`)
}
