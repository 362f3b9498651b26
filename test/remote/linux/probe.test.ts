import { createServer, type RequestListener } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { instantOf, probeCommand, type ProbeResult, type ProbeSpec } from '../../../src/remote/linux/probe.ts'
import { here } from '../here.ts'
import { listening } from '../host/listening.ts'

/** Probes from here, as the host would. */
const probe = (spec: ProbeSpec): Promise<ProbeResult> => here(probeCommand(spec))

async function serving(answerWith: RequestListener): Promise<number> {
  const server = createServer(answerWith)
  onTestFinished(() => void server.close())
  return listening(server)
}

const newest = '2026-11-20T23:44:57.000Z'

describe('a time that a probe tells', () => {
  it.each([
    ['2026-11-20T23:44:57Z', newest],
    [' 2026-11-21T00:44:57+01:00\n', newest],
    ['1795218297', newest],
    ['', null],
    ['  ', null],
    ['soon', null],
    ['-', null],
  ])('%j is %j', (text, instant) => {
    expect(instantOf(text)).toBe(instant)
  })
})

describe('a tcp probe', () => {
  it('passes where something listens', async () => {
    const port = await serving(() => {})
    expect(await probe({ kind: 'tcp', host: '127.0.0.1', port })).toEqual({
      passed: true,
      saw: 'connected',
      newest: null,
    })
  })

  it('fails where nothing does, and says what it saw', async () => {
    const server = createServer()
    const port = await listening(server)
    server.close()
    const result = await probe({ kind: 'tcp', host: '127.0.0.1', port })
    expect(result).toMatchObject({ passed: false, newest: null })
    expect(result.saw).toMatch(/refused/i)
  })
})

describe('an http probe', () => {
  it('passes with the status that was wanted, and reads the newest record of the answer', async () => {
    const port = await serving((_, response) => void response.end(JSON.stringify({ lastMessage: newest, more: 1 })))
    const url = `http://127.0.0.1:${port}/health?a=1&b=2`
    expect(await probe({ kind: 'http', url, status: 200, newest: 'lastMessage' })).toEqual({
      passed: true,
      saw: `200 {"lastMessage":"${newest}","more":1}`,
      newest,
    })
  })

  it('fails where the answer has no newest record', async () => {
    const port = await serving((_, response) => void response.end('{"lastMessage":null}'))
    const url = `http://127.0.0.1:${port}/`
    expect(await probe({ kind: 'http', url, status: 200, newest: 'lastMessage' })).toMatchObject({ passed: false })
  })

  it('fails with another status, whatever curl thinks of it', async () => {
    const port = await serving((_, response) => void response.writeHead(503).end('starting'))
    const url = `http://127.0.0.1:${port}/`
    expect(await probe({ kind: 'http', url, status: 200 })).toEqual({
      passed: false,
      saw: '503 starting',
      newest: null,
    })
  })

  it('fails where nothing answers, with what curl says', async () => {
    const server = createServer()
    const port = await listening(server)
    server.close()
    const result = await probe({ kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200 })
    expect(result.passed).toBe(false)
    expect(result.saw).toContain('curl: (7)')
  })
})

describe('a command probe', () => {
  it.each([
    ['passes with exit 0', 'exit 0', true],
    ['fails with any other code', 'exit 255', false],
    ['may hold quotes and pipes', `printf '%s' "it's up" | grep -q "it's"`, true],
  ])('%s', async (_, line, passed) => {
    expect((await probe({ kind: 'command', line, newest: false })).passed).toBe(passed)
  })

  it('reads the newest record from what it prints', async () => {
    expect(await probe({ kind: 'command', line: 'echo 1795218297', newest: true })).toEqual({
      passed: true,
      saw: '1795218297',
      newest,
    })
  })

  it('fails where it should have printed a time and did not', async () => {
    expect(await probe({ kind: 'command', line: 'echo none yet', newest: true })).toMatchObject({
      passed: false,
      saw: 'none yet',
    })
  })
})
