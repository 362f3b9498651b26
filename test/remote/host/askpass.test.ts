// What ssh asks for through our program, as ssh would run it.
import { stat } from 'node:fs/promises'
import { execa } from 'execa'
import { expect, describe, it, onTestFinished } from 'vitest'
import { promptedFile, startAskpass } from '../../../src/remote/host/askpass.ts'
import { temporaryFolder } from '../../lab/host/temporary-folder.ts'

describe('a prompt of ssh', () => {
  const long = `/home/o/${'folder/'.repeat(20)}id_ed25519`

  it.each([
    ["Enter passphrase for key '/home/o/.ssh/id_rsa': ", '/home/o/.ssh/id_rsa'],
    ["Enter passphrase for key '/home/o/it's': ", "/home/o/it's"],
    [`Enter passphrase for key '${long.slice(0, 100)}': `, long],
    ['Enter PIN for ED25519-SK key /home/o/.ssh/id_sk: ', '/home/o/.ssh/id_sk'],
    ["o@box's password: ", null],
    ['Are you sure you want to continue connecting (yes/no/[fingerprint])? ', null],
    ['', null],
  ])('%j is about %j', (prompt, file) => {
    expect(promptedFile(prompt, ['/home/o/.ssh/id_rsa', long])).toBe(file)
  })
})

async function start(ask: (file: string, attempt: number) => Promise<string | null>) {
  const folder = await temporaryFolder()
  const errors: unknown[] = []
  const askpass = await startAskpass(folder, [], ask, (error) => errors.push(error))
  onTestFinished(() => askpass.close())
  const program = askpass.env['SSH_ASKPASS'] ?? ''
  const run = (prompt: string) => execa(program, [prompt], { env: askpass.env, extendEnv: false, reject: false })
  return { askpass, program, run, errors }
}

describe('the program that ssh asks', () => {
  it('passes on exactly what was answered, and counts the attempts', async () => {
    const { askpass, program, run } = await start((file, attempt) => Promise.resolve(`${file} "$1" ¡${attempt}! `))
    expect((await stat(program)).mode & 0o777).toBe(0o700)
    expect((await run("Enter passphrase for key '/k': ")).stdout).toBe('/k "$1" ¡1! ')
    expect((await run("Enter passphrase for key '/k': ")).stdout).toBe('/k "$1" ¡2! ')
    expect([...askpass.asked]).toEqual(['/k'])
  })

  it('has no answer where nobody gives one, and tells what was thrown', async () => {
    const { run, errors } = await start((file) =>
      file === '/no' ? Promise.resolve(null) : Promise.reject(new Error()),
    )
    expect((await run("Enter passphrase for key '/no': ")).stdout).toBe('')
    expect((await run("o@box's password: ")).stdout).toBe('')
    expect(errors).toEqual([])
    expect((await run("Enter passphrase for key '/throws': ")).stdout).toBe('')
    expect(errors).toEqual([expect.any(Error)])
  })

  it('fails when we are gone', async () => {
    const { askpass, run } = await start(() => Promise.resolve('secret'))
    askpass.close()
    expect(await run("Enter passphrase for key '/k': ")).toMatchObject({ exitCode: 1, stdout: '' })
  })
})
