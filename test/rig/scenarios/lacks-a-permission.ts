import { expect } from 'vitest'
import type { Scenario } from './operator.ts'

export const lacksAPermission: Scenario = {
  title: 'a missing permission is named before anything is made, and tried again when somebody has given it',
  async play(operator, scene) {
    scene.cloud.faults.inject({
      action: 'CreateVolume',
      times: 1,
      fault: { kind: 'error', code: 'UnauthorizedOperation' },
    })
    await operator.goesToTheReview()
    operator.presses('yes')
    await operator.sees('lacks ec2:CreateVolume')
    await operator.sees('exit 5')
    expect(await scene.dataVolumes()).toEqual([])

    operator.presses('again')
    await operator.isAsked('Where does the data come back from?')
    operator.presses('choose')
    await operator.isAsked('Which EBS snapshot')
    operator.presses('leave')
    await operator.isLeftWith(130)
  },
}
