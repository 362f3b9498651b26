import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

const template = 'lt-0a1b2c3d4e5f60718'
const vpcId = 'vpc-0a1b2c3d4e5f60718'

export const zoneDown: Scenario = {
  id: 'zone-down',
  title: 'the zone is down with the instance and its volume; EBS snapshots and a launch template are left',
  brief: [
    'PAGE irc-1: unreachable. So is everything else in us-east-1a; AWS says "investigating".',
    'EBS snapshots live in the region, not in a zone. There is a launch template: irc-recovery.',
    'Bring the chat server back in another zone.',
  ],
  hints: [
    'A volume can only be attached in its own zone: the instance comes first, and decides where the volume is made.',
    `lifeboat restore --launch-template ${template}`,
    'The new host has a host key that nobody knows. Its console shows it.',
  ],
  objectives: { rto: 45, dataLoss: 24 * 60 },
  begins: 'zone-down',
  cloud: (begin, world) => ({
    ...begin,
    instances: begin.instances.map((each) => ({ ...each, state: 'stopped' as const })),
    noCapacity: [{ availabilityZone: world.availabilityZone }],
    subnets: ['a', 'b'].map((zone, at) => ({
      subnetId: `subnet-0a1b2c3d4e5f6071${at}`,
      vpcId,
      availabilityZone: `${begin.region}${zone}`,
      cidrBlock: `10.0.${at}.0/24`,
    })),
    launchTemplates: [
      {
        launchTemplateId: template,
        name: 'irc-recovery',
        versions: [
          {
            createdAt: world.builtAt,
            imageId: 'ami-0a1b2c3d4e5f60718',
            instanceType: 'm5.large',
            subnetId: 'subnet-0a1b2c3d4e5f60710',
          },
        ],
      },
    ],
  }),
  flags: () => ({ launchTemplate: template }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [...untidy(after), ...notAsInHead(after, world, newestIn(world))],
  moral:
    'A zone is a place that can be gone. What is left is in the region: snapshots, templates, and a practised way.',
}
