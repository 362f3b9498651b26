import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { mountAll, unmountAll } from '../../../src/remote/zfs/mounting.ts'

/** Runs the line with a `zfs` that fails to unmount, and says of every dataset whether it is mounted, if it is there. */
const unmount = async (mounted: 'yes' | 'no' | 'gone'): Promise<{ exitCode?: number; stdout: string }> => {
  const zfs = `zfs() { if [ "$1" = get ]; then ${mounted === 'gone' ? 'false' : `echo ${mounted}`}; else printf '<%s>' "$2"; false; fi; }`
  const { line, stdin } = unmountAll([
    { dataset: 'tank/my data', mountpoint: '/tank/my data', legacy: null },
    { dataset: 'tank', mountpoint: '/tank', legacy: null },
  ])
  const { exitCode, stdout } = await execa('/bin/sh', ['-c', `${zfs}\n${line}`], {
    input: stdin ?? '',
    reject: false,
  })
  return { stdout, ...(exitCode === undefined ? {} : { exitCode }) }
}

describe('unmounting', () => {
  it.each(['no', 'gone'] as const)(
    'goes on where a dataset is not mounted, in the order given: %s',
    async (mounted) => {
      expect(await unmount(mounted)).toEqual({ exitCode: 0, stdout: '<tank/my data><tank>' })
    },
  )

  it('stops at the first that stays mounted', async () => {
    expect(await unmount('yes')).toEqual({ exitCode: 1, stdout: '<tank/my data>' })
  })
})

const said = (name: string): string => `${name}() { printf '<%s>' ${name} "$@"; }`

/** Runs the line with a findmnt that knows no mount, or all. */
async function legacy(make: typeof mountAll, there: boolean): Promise<string> {
  const { line, stdin } = make([{ dataset: 'tank/a b', mountpoint: '/my place', legacy: 'rw,noatime' }])
  const script = [`findmnt() { ${there}; }`, said('mount'), said('umount'), said('zfs'), line].join('\n')
  return (await execa('/bin/sh', ['-c', script], { input: stdin ?? '' })).stdout
}

describe('a legacy mountpoint', () => {
  it('is mounted by mount(8) with its options, and unmounted by umount(8)', async () => {
    expect(await legacy(mountAll, false)).toBe('<mount><-t><zfs><-o><rw,noatime><tank/a b></my place>')
    expect(await legacy(unmountAll, true)).toBe('<umount></my place>')
  })

  it('is left as it is where that is so already', async () => {
    expect(await legacy(mountAll, true)).toBe('')
    expect(await legacy(unmountAll, false)).toBe('')
  })
})
