// The one config file: where AWS and ssh are, and what is known of each host. No search, no merging of several.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'smol-toml'
import { z } from 'zod'
import { priceTable } from '../steps/prices.ts'
import { hostProfile, type HostProfile } from '../steps/profile.ts'
import { ownRecipes } from '../steps/recipes/own-recipe.ts'
import { demandRecipe } from '../steps/recipes/recipes.ts'
import { UsageError } from '../text/errors.ts'
import { errorCode } from '../text/error-code.ts'

const config = z.strictObject({
  aws: z
    .strictObject({
      region: z.string().optional(),
      profile: z.string().optional(),
      /** A shared credentials file; the default chain of the AWS SDK when not given. */
      credentials_file: z.string().optional(),
      endpoint_ec2: z.url().optional(),
      endpoint_sts: z.url().optional(),
      endpoint_iam: z.url().optional(),
      endpoint_s3: z.url().optional(),
      /** For every host that does not say it itself: see its profile. */
      permission_check: z.boolean().optional(),
    })
    .default({}),
  ssh: z
    .strictObject({
      /** Read instead of ~/.ssh/config, as by `ssh -F`. */
      config: z.string().optional(),
    })
    .default({}),
  /** Instead of the program's own table. */
  prices: priceTable.optional(),
  /** How dumps are put in place that the program has no recipe for. */
  recipes: ownRecipes.optional(),
  hosts: z.array(hostProfile).default([]),
})

export type Config = z.infer<typeof config> & { readonly path: string | null }

function problems(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`).join('; ')
}

/** Every kind that is named has to have a recipe. @throws UsageError */
function demandRecipes({ recipes = [], hosts }: z.infer<typeof config>, path: string): void {
  for (const host of hosts)
    for (const { name, kind } of host.dumps) {
      if (kind === undefined) continue
      try {
        demandRecipe({ recipes: [...recipes, ...(host.recipes ?? [])] }, kind)
      } catch (error) {
        if (!(error instanceof UsageError)) throw error
        throw new UsageError(`the config ${path} is wrong: the dumps ${name} of ${host.name}: ${error.message}`)
      }
    }
}

/** Checks a config's text. Paths in it are relative to the config's own folder. @throws UsageError */
export function parseConfig(text: string, path: string): Config {
  let raw: unknown
  try {
    raw = parse(text)
  } catch (error) {
    throw new UsageError(`the config ${path} is not TOML: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = config.safeParse(raw)
  if (!parsed.success) throw new UsageError(`the config ${path} is wrong: ${problems(parsed.error)}`)
  const names = parsed.data.hosts.map((host) => host.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new UsageError(`the config ${path} names the host ${twice} twice`)
  demandRecipes(parsed.data, path)
  const from = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : resolve(dirname(path), file)
  const { aws, ssh } = parsed.data
  return {
    ...parsed.data,
    aws: { ...aws, ...(aws.credentials_file === undefined ? {} : { credentials_file: from(aws.credentials_file) }) },
    ssh: { ...ssh, ...(ssh.config === undefined ? {} : { config: from(ssh.config) }) },
    path: resolve(path),
  }
}

/** Reads the config. One that nobody asked for by name may be missing. @throws UsageError */
export function readConfig(path: string, named: boolean): Config {
  try {
    return parseConfig(readFileSync(path, 'utf8'), path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' && !named) return { ...config.parse({}), path: null }
    if (code !== null && !(error instanceof UsageError))
      throw new UsageError(`the config ${path} can't be read: ${code}`, [
        { why: 'where it is elsewhere now: name it', command: 'lifeboat … --config FILE' },
      ])
    throw error
  }
}

/** What the config says of a host; a name it doesn't know is an ssh destination of which nothing is known. */
export function profileOf(from: Config, name: string): HostProfile {
  const host = from.hosts.find((each) => each.name === name) ?? hostProfile.parse({ name })
  const { prices, aws } = from
  const recipes = [...(host.recipes ?? []), ...(from.recipes ?? [])]
  // Whoever says where STS is has it elsewhere than AWS; where IAM is then, nobody else can tell.
  const nowhere = aws.endpoint_sts !== undefined && aws.endpoint_iam === undefined
  return {
    ...(prices === undefined ? {} : { prices }),
    ...(aws.permission_check === undefined ? {} : { permission_check: aws.permission_check }),
    ...(nowhere ? { account_alias: false } : {}),
    ...host,
    ...(recipes.length === 0 ? {} : { recipes }),
  }
}
