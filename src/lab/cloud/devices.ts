/**
 * The place that a device name stands for, or null for a name that EBS doesn't take. `sdf`, `/dev/sdf` and
 * `/dev/xvdf` are one place. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
 */
export function deviceSlot(device: string): string | null {
  const found = /^(?:\/dev\/)?(?:(?:sd|xvd)([a-z])|xvd([b-d][a-z])|sd(a)1)$/.exec(device)
  return found === null ? null : (found[1] ?? found[2] ?? found[3] ?? null)
}
