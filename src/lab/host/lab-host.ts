/** What the lab's cloud needs of the machine that stands for an EC2 instance. */
export interface LabHost {
  /** Plugs a disk image in as an NVMe disk whose serial is the volume's id without the dash, as on Nitro. */
  attach(imagePath: string, volumeId: string): Promise<void>
  /** Asks the guest to give the disk up and waits until it has. */
  detach(volumeId: string): Promise<void>
  /** Runs `copy` while no disk of the host is written: what it copies is a crash-consistent image. */
  frozen<T>(copy: () => Promise<T>): Promise<T>
}
