import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { QmpClient } from '../../../src/lab/host/vm/qmp.ts'
import { fakeQemu } from './fake-qemu.ts'

test('goes into command mode first, then sends a command with its arguments', async () => {
  await using qemu = await fakeQemu()
  await qemu.qmp.execute('device_del', { id: 'vol1' })
  expect(qemu.asked).toEqual([{ execute: 'qmp_capabilities' }, { execute: 'device_del', arguments: { id: 'vol1' } }])
})

test('gives each command its own answer, with events between them', async () => {
  await using qemu = await fakeQemu((asked, says) => {
    says({ event: 'RESUME', timestamp: {} })
    return { return: `told ${String(asked.arguments?.['command-line'])}` }
  })
  const answers = await Promise.all(['one', 'two', 'three'].map((line) => qemu.qmp.monitor(line)))
  expect(answers).toEqual(['told one', 'told two', 'told three'])
})

test("an error says the command and carries QEMU's own words", async () => {
  await using qemu = await fakeQemu(() => ({ error: { class: 'DeviceNotFound', desc: "Device 'x' not found" } }))
  await expect(qemu.qmp.execute('device_del', { id: 'x' })).rejects.toMatchObject({
    code: 'qmp-refused',
    message: "QEMU refuses device_del: Device 'x' not found",
  })
})

test('waits for the event that matches and for no other', async () => {
  await using qemu = await fakeQemu()
  const gone = qemu.qmp.waitFor(({ event, data }) => event === 'DEVICE_DELETED' && data?.device === 'b', 'drop b', 5000)
  qemu.says({ event: 'DEVICE_DELETED', data: { device: 'a' }, timestamp: {} })
  qemu.says({ event: 'DEVICE_DELETED', data: { device: 'b', path: '/b' }, timestamp: {} })
  expect((await gone).data).toEqual({ device: 'b', path: '/b' })
})

test('says what did not happen in time', async () => {
  await using qemu = await fakeQemu()
  await expect(qemu.qmp.waitFor(() => false, 'give up the disk', 20)).rejects.toMatchObject({
    code: 'qmp-timeout',
    message: 'QEMU did not give up the disk within 0.02 s',
  })
})

test('a lost connection ends what is under way and refuses what comes after', async () => {
  await using qemu = await fakeQemu(() => undefined)
  const command = qemu.qmp.execute('stop')
  const event = qemu.qmp.waitFor(() => true, 'say anything', 5000)
  qemu.hangUp()
  await expect(command).rejects.toMatchObject({ code: 'qmp-lost' })
  await expect(event).rejects.toMatchObject({ code: 'qmp-lost' })
  await expect(qemu.qmp.execute('cont')).rejects.toMatchObject({ code: 'qmp-lost' })
})

test('a program that does not greet, or says what is no QMP, is no QEMU', async () => {
  const silent = QmpClient.over(new PassThrough(), 20)
  await expect(silent).rejects.toMatchObject({ code: 'qmp-timeout' })
  const stream = new PassThrough()
  const talks = QmpClient.over(stream)
  stream.write('hello\n')
  await expect(talks).rejects.toMatchObject({ code: 'qmp-lost', message: expect.stringContaining('hello') })
})
