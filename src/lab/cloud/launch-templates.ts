import { ApiError, missingParameter } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import type { CloudWorld, WorldLaunchTemplate, WorldLaunchTemplateVersion } from './world.ts'

export interface TemplateVersion {
  readonly template: WorldLaunchTemplate
  readonly number: number
  readonly version: WorldLaunchTemplateVersion
}

/** The template that a request names by `LaunchTemplateId` or `LaunchTemplateName`. */
export function readTemplate(world: CloudWorld, parameters: Parameters): WorldLaunchTemplate {
  const id = parameters.text('LaunchTemplateId')
  const name = parameters.text('LaunchTemplateName')
  if (id !== undefined && name !== undefined) {
    throw new ApiError('InvalidParameterCombination', 'Specify either the launch template ID or its name, not both.')
  }
  if (id !== undefined) return templateById(world, id)
  if (name !== undefined) return templateByName(world, name)
  throw missingParameter('launchTemplateId')
}

export function templateById({ launchTemplates = [] }: CloudWorld, id: string): WorldLaunchTemplate {
  if (!/^lt-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new ApiError('InvalidLaunchTemplateId.Malformed', `Invalid id: "${id}" (expecting "lt-...")`)
  }
  const template = launchTemplates.find((one) => one.launchTemplateId === id)
  if (template !== undefined) return template
  throw new ApiError(
    'InvalidLaunchTemplateId.NotFound',
    `The specified launch template, with template ID ${id}, does not exist.`,
  )
}

export function templateByName({ launchTemplates = [] }: CloudWorld, name: string): WorldLaunchTemplate {
  const template = launchTemplates.find((one) => one.name === name)
  if (template !== undefined) return template
  throw new ApiError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  )
}

export function versionsOf(template: WorldLaunchTemplate): readonly TemplateVersion[] {
  return template.versions.map((version, at) => ({ template, number: at + 1, version }))
}

export function defaultVersionOf(template: WorldLaunchTemplate): number {
  return template.defaultVersion ?? 1
}

/** One version by what a request calls it: a number, `$Latest` or `$Default`; nothing is the default one too. */
export function findVersion(template: WorldLaunchTemplate, called: string | undefined): TemplateVersion {
  const number =
    called === undefined || called === '$Default'
      ? defaultVersionOf(template)
      : called === '$Latest'
        ? template.versions.length
        : Number(called)
  const version = template.versions[number - 1]
  if (version !== undefined) return { template, number, version }
  throw new ApiError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${called} for the launch template with ID ${template.launchTemplateId}.`,
  )
}
