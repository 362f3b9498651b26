import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { defaultVersionOf, templateById, templateByName } from '../launch-templates.ts'
import { pageOf } from '../pages.ts'
import { instant, items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import { tagSet } from '../tags.ts'
import type { CloudWorld, WorldLaunchTemplate } from '../world.ts'
import type { Action } from './action.ts'
import { callerArn } from './get-caller-identity.ts'

const filters: FilterTable<WorldLaunchTemplate> = {
  'create-time': (template) => [createdAt(template)],
  'launch-template-name': (template) => [template.name],
}

/** Lists launch templates; what is in them is told by DescribeLaunchTemplateVersions. */
export const describeLaunchTemplates: Action = {
  name: 'DescribeLaunchTemplates',
  parameters: ['Filter', 'LaunchTemplateId', 'LaunchTemplateName', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state: { world } }) {
    const ids = parameters.texts('LaunchTemplateId')
    const names = parameters.texts('LaunchTemplateName')
    const named = [...ids.map((id) => templateById(world, id)), ...names.map((name) => templateByName(world, name))]
    const asked = ids.length + names.length === 0 ? (world.launchTemplates ?? []) : named
    const wanted = filterBy(readFilters(parameters), filters, tagsOf)
    const page = pageOf(asked.filter(wanted), (template) => template.launchTemplateId, parameters, {
      action: 'DescribeLaunchTemplates',
      min: 1,
      max: 200,
      ids: null,
    })
    return () => ({
      launchTemplates: items(page.entries.map((template) => templateShape(template, world))),
      nextToken: page.nextToken,
    })
  },
}

function tagsOf({ tags }: WorldLaunchTemplate): ReadonlyMap<string, string> {
  return new Map(Object.entries(tags ?? {}))
}

function createdAt({ versions }: WorldLaunchTemplate): string {
  return instant(new Date(versions[0]?.createdAt ?? 0))
}

function templateShape(template: WorldLaunchTemplate, world: CloudWorld): XmlElements {
  return {
    launchTemplateId: template.launchTemplateId,
    launchTemplateName: template.name,
    createTime: createdAt(template),
    createdBy: callerArn(world),
    defaultVersionNumber: defaultVersionOf(template),
    latestVersionNumber: template.versions.length,
    tagSet: tagSet(tagsOf(template)),
  }
}
