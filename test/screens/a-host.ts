// The question for the host before there is a run: two of the config, and two that only EC2 knows.
import { hostChoice, hostRoute, inConfig, inEc2 } from '../../src/commands/ask-host.ts'
import type { Question } from '../../src/run/asking.ts'
import { hostProfile } from '../../src/steps/profile.ts'

export { hostRoute }

const instance = {
  instanceId: 'i-0a1b2c3d4e5f60718',
  state: 'running',
  type: 'm5.large',
  zone: 'us-east-1a',
  tags: { Name: 'irc-2-recovery', role: 'chat' },
  disks: [],
  address: '10.17.34.202',
  reason: null,
  profile: null,
  groups: [],
}

const options = [
  ...[
    { name: 'irc-1', instance: 'i-0c7e1f2a3b4d5e6f7', volume: 'vol-0a1b2c3d4e5f60718', services: ['chat.service'] },
    { name: 'mail' },
  ].map((each) => inConfig(hostProfile.parse(each))),
  ...[instance, { ...instance, instanceId: 'i-0b1b2c3d4e5f60719', state: 'stopped', tags: {} }].map(inEc2),
]

export const hostQuestion: Question = {
  step: hostChoice,
  danger: 'none',
  options,
  suggested: options[0],
  confirmation: undefined,
  earlier: [],
  readTyped: (host) => Promise.resolve({ host }),
}
