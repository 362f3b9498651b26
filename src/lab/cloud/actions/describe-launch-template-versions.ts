import { defaultVersionOf, findVersion, readTemplate, versionsOf } from '../launch-templates.ts'
import type { TemplateVersion } from '../launch-templates.ts'
import { pageOf } from '../pages.ts'
import { instant, items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import { tagSet } from '../tags.ts'
import type { CloudWorld, WorldLaunchTemplateVersion } from '../world.ts'
import type { Action } from './action.ts'
import { callerArn } from './get-caller-identity.ts'

/** Tells what is in the versions of one launch template: all of them, newest first, or those that are asked for. */
export const describeLaunchTemplateVersions: Action = {
  name: 'DescribeLaunchTemplateVersions',
  parameters: ['LaunchTemplateId', 'LaunchTemplateName', 'LaunchTemplateVersion', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state: { world } }) {
    const template = readTemplate(world, parameters)
    const asked = parameters.texts('LaunchTemplateVersion')
    const found =
      asked.length === 0 ? versionsOf(template).toReversed() : asked.map((called) => findVersion(template, called))
    const page = pageOf(found, ({ number }) => String(number), parameters, {
      action: 'DescribeLaunchTemplateVersions',
      min: 1,
      max: 200,
      ids: null,
    })
    return () => ({
      launchTemplateVersionSet: items(page.entries.map((version) => versionShape(version, world))),
      nextToken: page.nextToken,
    })
  },
}

function versionShape({ number, template, version }: TemplateVersion, world: CloudWorld): XmlElements {
  return {
    launchTemplateId: template.launchTemplateId,
    launchTemplateName: template.name,
    versionNumber: number,
    versionDescription: version.description,
    createTime: instant(new Date(version.createdAt)),
    createdBy: callerArn(world),
    defaultVersion: number === defaultVersionOf(template),
    launchTemplateData: dataShape(version),
  }
}

function dataShape(version: WorldLaunchTemplateVersion): XmlElements {
  const { availabilityZone, instanceProfile, instanceTags, securityGroupIds, subnetId, userData } = version
  return {
    imageId: version.imageId,
    instanceType: version.instanceType,
    keyName: version.keyName,
    iamInstanceProfile: instanceProfile === undefined ? undefined : { arn: instanceProfile },
    placement: availabilityZone === undefined ? undefined : { availabilityZone },
    networkInterfaceSet: subnetId === undefined ? undefined : items([{ deviceIndex: 0, subnetId }]),
    securityGroupIdSet: securityGroupIds === undefined ? undefined : items(securityGroupIds),
    userData: userData === undefined ? undefined : Buffer.from(userData).toString('base64'),
    tagSpecificationSet:
      instanceTags === undefined
        ? undefined
        : items([{ resourceType: 'instance', tagSet: tagSet(new Map(Object.entries(instanceTags))) }]),
  }
}
