import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { instanceType, instanceTypes } from '../instance-types.ts'
import type { InstanceType } from '../instance-types.ts'
import { pageOf } from '../pages.ts'
import { ApiError } from '../protocol/api-error.ts'
import { items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { Action } from './action.ts'

const filters: FilterTable<InstanceType> = {
  'ebs-info.attachment-limit-type': (type) => [type.limit],
  'ebs-info.maximum-ebs-attachments': (type) => [String(type.maximumEbsAttachments)],
  'ebs-info.nvme-support': (type) => [type.nvme],
  hypervisor: (type) => [type.hypervisor],
  'instance-type': (type) => [type.name],
  'processor-info.supported-architecture': (type) => [type.architecture],
}

/** Describes the handful of instance types that the lab knows. */
export const describeInstanceTypes: Action = {
  name: 'DescribeInstanceTypes',
  parameters: ['Filter', 'InstanceType', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state: { world } }) {
    const names = parameters.texts('InstanceType')
    const unknown = names.filter((name) => !instanceTypes.has(name))
    if (unknown.length > 0) {
      throw new ApiError(
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
      )
    }
    const asked = [...instanceTypes.keys()]
      .filter((name) => names.length === 0 || names.includes(name))
      .flatMap((name) => instanceType(world, name) ?? [])
    const wanted = filterBy(readFilters(parameters), filters, () => new Map())
    const page = pageOf(asked.filter(wanted), (type) => type.name, parameters, {
      action: 'DescribeInstanceTypes',
      min: 5,
      max: 100,
      ids: { parameter: 'InstanceType', called: 'instanceTypeSet' },
    })
    return () => ({ instanceTypeSet: items(page.entries.map(typeShape)), nextToken: page.nextToken })
  },
}

function typeShape(type: InstanceType): XmlElements {
  return {
    instanceType: type.name,
    currentGeneration: type.hypervisor === 'nitro',
    hypervisor: type.hypervisor,
    bareMetal: false,
    supportedRootDeviceTypes: items(['ebs']),
    supportedVirtualizationTypes: items(['hvm']),
    processorInfo: { supportedArchitectures: items([type.architecture]) },
    vCpuInfo: { defaultVCpus: type.vcpus },
    memoryInfo: { sizeInMiB: type.memoryMiB },
    instanceStorageSupported: false,
    ebsInfo: {
      ebsOptimizedSupport: type.hypervisor === 'nitro' ? 'default' : 'unsupported',
      encryptionSupport: 'supported',
      nvmeSupport: type.nvme,
      maximumEbsAttachments: type.maximumEbsAttachments,
      attachmentLimitType: type.limit,
    },
  }
}
