import type { Service } from '../protocol/access.ts'
import type { Action } from './action.ts'
import { attachVolume } from './attach-volume.ts'
import { authorizeSecurityGroupIngress } from './authorize-security-group-ingress.ts'
import { createSecurityGroup } from './create-security-group.ts'
import { createSnapshot } from './create-snapshot.ts'
import { createTags } from './create-tags.ts'
import { createVolume } from './create-volume.ts'
import { deleteSecurityGroup } from './delete-security-group.ts'
import { deleteSnapshot } from './delete-snapshot.ts'
import { deleteTags } from './delete-tags.ts'
import { deleteVolume } from './delete-volume.ts'
import { describeInstanceStatus } from './describe-instance-status.ts'
import { describeInstanceTypeOfferings } from './describe-instance-type-offerings.ts'
import { describeInstanceTypes } from './describe-instance-types.ts'
import { describeInstances } from './describe-instances.ts'
import { describeLaunchTemplateVersions } from './describe-launch-template-versions.ts'
import { describeLaunchTemplates } from './describe-launch-templates.ts'
import { describeLockedSnapshots } from './describe-locked-snapshots.ts'
import { describeSecurityGroups } from './describe-security-groups.ts'
import { describeSnapshotTierStatus } from './describe-snapshot-tier-status.ts'
import { describeSnapshots } from './describe-snapshots.ts'
import { describeSubnets } from './describe-subnets.ts'
import { describeTags } from './describe-tags.ts'
import { describeVolumeStatus } from './describe-volume-status.ts'
import { describeVolumes } from './describe-volumes.ts'
import { detachVolume } from './detach-volume.ts'
import { getCallerIdentity } from './get-caller-identity.ts'
import { getConsoleOutput } from './get-console-output.ts'
import { listAccountAliases } from './list-account-aliases.ts'
import { lockSnapshot } from './lock-snapshot.ts'
import { modifySnapshotTier } from './modify-snapshot-tier.ts'
import { rebootInstances } from './reboot-instances.ts'
import { restoreSnapshotTier } from './restore-snapshot-tier.ts'
import { revokeSecurityGroupEgress } from './revoke-security-group-egress.ts'
import { runInstances } from './run-instances.ts'
import { startInstances } from './start-instances.ts'
import { stopInstances } from './stop-instances.ts'
import { terminateInstances } from './terminate-instances.ts'
import { unlockSnapshot } from './unlock-snapshot.ts'

const ec2 = [
  attachVolume,
  authorizeSecurityGroupIngress,
  createSecurityGroup,
  createSnapshot,
  createTags,
  createVolume,
  deleteSecurityGroup,
  deleteSnapshot,
  deleteTags,
  deleteVolume,
  describeInstanceStatus,
  describeInstanceTypeOfferings,
  describeInstanceTypes,
  describeInstances,
  describeLaunchTemplateVersions,
  describeLaunchTemplates,
  describeLockedSnapshots,
  describeSecurityGroups,
  describeSnapshotTierStatus,
  describeSnapshots,
  describeSubnets,
  describeTags,
  describeVolumeStatus,
  describeVolumes,
  detachVolume,
  getConsoleOutput,
  lockSnapshot,
  modifySnapshotTier,
  rebootInstances,
  restoreSnapshotTier,
  revokeSecurityGroupEgress,
  runInstances,
  startInstances,
  stopInstances,
  terminateInstances,
  unlockSnapshot,
]

/** The actions that are covered, by service and name. */
export const actions: Readonly<Record<Service, ReadonlyMap<string, Action>>> = {
  ec2: byName(ec2),
  iam: byName([listAccountAliases]),
  sts: byName([getCallerIdentity]),
}

function byName(list: readonly Action[]): ReadonlyMap<string, Action> {
  return new Map(list.map((action) => [action.name, action]))
}
