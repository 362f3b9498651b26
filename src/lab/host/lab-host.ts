/** What the lab's cloud needs of the machine that stands for an EC2 instance. */
export interface LabHost {
  /**
   * Plugs a disk image in as an NVMe disk whose serial is the volume's id without the dash, as on Nitro; or, without
   * `serials`, as a disk that bears none, as on Xen.
   */
  attach(imagePath: string, volumeId: string, options?: { readonly serials?: boolean }): Promise<void>
  /** Asks the guest to give the disk up and waits until it has. */
  detach(volumeId: string): Promise<void>
  /** Runs `copy` while no disk of the host is written: what it copies is a crash-consistent image. */
  frozen<T>(copy: () => Promise<T>): Promise<T>
  /** Where it is reached: the public address of an instance that is launched onto it. */
  readonly address?: string
  /** Lets it reach what answers at a URL of ours, where it has no network of its own. */
  reaches?(url: string): void
  /** All that its console has shown so far. */
  console?(): Promise<string>
  /** Reboots it, and ends when it is up again. Its disks stay. */
  reboot?(): Promise<void>
  /** Shuts it down, and ends when it is off. Its disks stay, and may go while it is off. */
  stop?(): Promise<void>
  /** Starts it, if it is off, and ends when it is up. */
  start?(): Promise<void>
}
