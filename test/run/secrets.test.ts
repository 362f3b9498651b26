import { closeSync, openSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lastingSecrets, parseSecrets, secretStore } from '../../src/run/secrets.ts'
import { UsageError } from '../../src/text/errors.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'

/** A store, with what it told and hid. `typed` are the operator's answers in turn; without it nobody is there. */
function store(flags: readonly string[], typed?: string[]) {
  const hidden: string[] = []
  const told: string[] = []
  const prompts: string[] = []
  const secrets = secretStore({
    given: parseSecrets(flags),
    ask:
      typed === undefined
        ? null
        : async (prompt) => {
            prompts.push(prompt)
            return typed.shift() ?? ''
          },
    hide: (secret) => void hidden.push(secret),
    told: (name, source) => void told.push(`${name} ${source}`),
  })
  return { secrets, hidden, told, prompts }
}

async function secretFile(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'a secret')
  await writeFile(file, text)
  return file
}

describe('--secret', () => {
  it.each(['sudo=hunter2', 'ssh-key=', 'key:tank/a=prompt', 'passphrase=x', 'sudo=fd:x', 'sudo=@'])(
    'refuses a value on the command line, and does not repeat it: %s',
    (flag) => {
      expect(() => parseSecrets([flag])).toThrow(UsageError)
      expect(() => parseSecrets([flag])).not.toThrow(/hunter2|tank\/a=/)
    },
  )

  it.each(['pin=@/a', '=@/a', 'key:=@/a', 'passphrase:x=@/a', '@/a', ''])(
    'refuses a name that it does not know: %s',
    (flag) => {
      expect(() => parseSecrets([flag])).toThrow(/names no secret/)
    },
  )

  it('never repeats a value, whatever it is', () => {
    const value = fc.string({ minLength: 6, unit: 'grapheme' }).filter((text) => !/^@|^fd:\d/.test(text))
    fc.assert(
      fc.property(value, (text) => {
        let said = ''
        try {
          parseSecrets([`sudo=${text}`])
        } catch (error) {
          said = error instanceof Error ? error.message : ''
        }
        expect(said).not.toBe('')
        expect(said.includes(text) && !'write --secret NAME=@FILE or NAME=fd:N'.includes(text)).toBe(false)
      }),
    )
  })

  it('is kept for a resume only where a file is named', () => {
    expect(lastingSecrets(['sudo=fd:3', 'ssh-key=@/a=fd:b', 'key:tank/a=@/b'])).toEqual([
      'ssh-key=@/a=fd:b',
      'key:tank/a=@/b',
    ])
  })

  it('is kept so that a resume in another folder finds its file', () => {
    expect(lastingSecrets(['sudo=@a secret'])).toEqual([`sudo=@${join(process.cwd(), 'a secret')}`])
  })
})

describe('a secret', () => {
  it('is read from its file without the newline at its end, hidden, and told of once', async () => {
    const { secrets, hidden, told } = store([`sudo=@${await secretFile(' a b \n')}`])
    expect(secrets.source('sudo')).toBe('file')
    expect(await secrets.get('sudo', 'it')).toBe(' a b ')
    expect(await secrets.get('sudo', 'it')).toBe(' a b ')
    expect(hidden).toEqual([' a b '])
    expect(told).toEqual(['sudo file'])
  })

  it('is read from a descriptor once', async () => {
    const descriptor = openSync(await secretFile('correct horse'), 'r')
    const { secrets } = store([`ssh-key=fd:${descriptor}`])
    expect(await secrets.get('ssh-key', 'it')).toBe('correct horse')
    closeSync(descriptor)
    expect(await secrets.get('ssh-key', 'it')).toBe('correct horse')
  })

  it('whose file is missing is an error that names the file', async () => {
    await expect(store(['sudo=@/nowhere/at all']).secrets.get('sudo', 'it')).rejects.toThrow(
      /sudo can't be read from @\/nowhere\/at all: ENOENT/,
    )
  })

  it('that was wrong is asked for again, where somebody is there', async () => {
    const { secrets, prompts, told } = store([], ['wrong', 'right'])
    expect(secrets.source('sudo')).toBe('asked')
    expect(await secrets.get('sudo', 'the password', 1)).toBe('wrong')
    expect(await secrets.get('sudo', 'the password', 2)).toBe('right')
    expect(await secrets.get('sudo', 'the password', 1)).toBe('right')
    expect(prompts).toEqual(['the password', 'that was not it; the password'])
    expect(told).toEqual(['sudo asked', 'sudo asked'])
  })

  it('that was wrong in its file is not read again', async () => {
    const { secrets } = store([`sudo=@${await secretFile('wrong')}`], ['typed'])
    await secrets.get('sudo', 'it', 1)
    expect(await secrets.get('sudo', 'it', 2)).toBeNull()
  })

  it('that nobody gives is none', async () => {
    const { secrets } = store([])
    expect(secrets.source('sudo')).toBeNull()
    expect(await secrets.get('sudo', 'it')).toBeNull()
  })
})
