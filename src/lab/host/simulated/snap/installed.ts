// Rocket.Chat's snap, as it is there or not: the one snap that the lab knows of.
import type { Machine } from '../machine.ts'

export const snapName = 'rocketchat-server'

/** Its services, by what snapd calls their units. */
export const snapServices = ['rocketchat-mongo', 'rocketchat-server'] as const

export const unitOf = (service: string): string => `snap.${snapName}.${service}.service`

export interface Installed {
  readonly version: string
  readonly revision: string
}

/** What `/snap/rocketchat-server/current` leads to; undefined where the snap is not installed. */
export function installed(machine: Machine): Installed | undefined {
  const found = machine.files().find(`/snap/${snapName}/current`)
  if (found === undefined) return undefined
  const [, version = ''] = /^version: *(\S+)/m.exec(machine.text(`${found.path}/meta/snap.yaml`) ?? '') ?? []
  return { version, revision: found.path.split('/').at(-1) ?? '' }
}

const unitText = (service: string, after: string): string => `[Unit]
Description=Service for snap application ${snapName}.${service}
After=${after}

[Service]
ExecStart=/usr/bin/snap run ${snapName}.${service}
Restart=on-failure

[Install]
WantedBy=multi-user.target
`

const revision = '1632'

/** What `snap install` leaves, by path; `linkCurrent` makes it count. */
export const snapFiles: Readonly<Record<string, string>> = {
  [`/snap/${snapName}/${revision}/meta/snap.yaml`]: `name: ${snapName}\nversion: 6.10.1\n`,
  [`/etc/systemd/system/${unitOf('rocketchat-mongo')}`]: unitText('rocketchat-mongo', 'network.target'),
  [`/etc/systemd/system/${unitOf('rocketchat-server')}`]: unitText('rocketchat-server', unitOf('rocketchat-mongo')),
}

/** A line for root. */
export const linkCurrent = `ln -s ${revision} /snap/${snapName}/current`
