// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { CommanderError } from 'commander'
import { createProgram } from '../src/index.ts'
import { receiverPath } from '../src/commands/create/secret-receiver.ts'

interface Seen {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let server: Server
let seen: Seen[]
/** What is answered, one after the other, the last one again and again. */
let answers: readonly { status: number; body: string }[]
let base: string

beforeEach(async () => {
  seen = []
  answers = [{ status: 200, body: '' }]
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { status, body: answer } = answers[Math.min(seen.length, answers.length - 1)] ?? { status: 500, body: '' }
      seen.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(status).end(answer)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise<void>((resolve) => void server.close(() => resolve()))
})

async function run(line: string, env: Record<string, string> = {}): Promise<{ err: string; failed: boolean }> {
  let err = ''
  const program = createProgram({
    ...{ env, home: '/', cwd: '/', self: 'tidelock', terminal: undefined, colors: false },
    results: { colors: false, columns: undefined },
    out: () => undefined,
    err: (note) => void (err += note),
    signal: new AbortController().signal,
  })
  try {
    await program.parseAsync(['trigger', 'receiver', ...line.replaceAll('BASE', base).split(' ')], { from: 'user' })
    return { err, failed: false }
  } catch (error) {
    return { err: error instanceof CommanderError ? err : `${err}✗ ${errorMessage(error)}\n`, failed: true }
  }
}

describe('trigger receiver', () => {
  it('calls the path of the Receiver', async () => {
    expect(await run('shop --token=secret --url=BASE/base/ -n team-a --payload={"a":1}')).toEqual({
      err: '► triggering Receiver team-a/shop\n✔ Receiver team-a/shop triggered\n',
      failed: false,
    })
    const headers = expect.objectContaining({ 'content-type': 'application/json' }) as unknown
    expect(seen).toEqual([{ path: `/base${receiverPath('secret', 'shop', 'team-a')}`, headers, body: '{"a":1}' }])
  })

  it('signs', async () => {
    await run('shop --type=generic-hmac --token=secret --url=BASE')
    const signature = createHmac('sha256', 'secret').update('{}').digest('hex')
    expect(seen[0]?.headers['x-signature']).toBe(`sha256=${signature}`)
  })

  it('shows a token of OIDC', async () => {
    await run('shop --type=generic-oidc --oidc-token=abc --url=BASE')
    await run('shop --type=generic-oidc --url=BASE', { FLUX_TRIGGER_RECEIVER_OIDC_TOKEN: 'def' })
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer abc', 'Bearer def'])
    expect(seen.map(({ path }) => path)).toEqual(Array(2).fill(receiverPath('', 'shop', 'flux-system')))
  })

  it('asks the job that it runs in for one', async () => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${base}/token?api-version=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job',
    }
    answers = [{ status: 200, body: '{"value":"jwt"}' }]
    await run('shop --type=generic-oidc --oidc-provider=github --url=BASE', env)
    expect(seen[0]?.path).toBe('/token?api-version=1&audience=notification-controller')
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer job', 'Bearer jwt'])
    answers = [{ status: 200, body: 'not JSON, but a secret' }]
    const { err } = await run('shop --type=generic-oidc --oidc-provider=github --oidc-audience=a --url=BASE', env)
    expect(err).toBe(`✗ no OIDC token from ${base}: the answer is not JSON\n`)
  })

  it('tries again what may pass, and nothing else', async () => {
    answers = [
      { status: 404, body: '' },
      { status: 503, body: 'busy\n' },
      { status: 200, body: '' },
    ]
    const line = 'shop --token=secret --url=BASE --retry-delay=1ms'
    expect((await run(line)).err).toBe(
      [
        '► triggering Receiver flux-system/shop\n',
        `◎ request to ${base} failed with status 404; retrying in 1ms (1/10)\n`,
        `◎ request to ${base} failed with status 503: busy; retrying in 1ms (2/10)\n`,
        '✔ Receiver flux-system/shop triggered\n',
      ].join(''),
    )
    seen = []
    answers = [{ status: 401, body: 'who are you' }]
    const refused = await run(line)
    expect(refused.err).toContain(`✗ request to ${base} failed with status 401: who are you\n`)
    expect({ failed: refused.failed, requests: seen.length }).toEqual({ failed: true, requests: 1 })
    seen = []
    answers = [{ status: 500, body: '' }]
    expect((await run(`${line} --retries=2`)).failed).toBe(true)
    expect(seen.length).toBe(3)
  })

  it('does not tell the path when nobody answers', async () => {
    const { err } = await run('shop --token=secret --url=http://127.0.0.1:1 --retries=0')
    expect(err).toContain('request to http://127.0.0.1:1 failed: ')
    expect(err).not.toContain(receiverPath('secret', 'shop', 'flux-system'))
  })

  it.each([
    ['a', '--url is required'],
    ['a --url=host', "--url: 'host' is no address: write https://host"],
    ['a --url=BASE', '--token is required for --type=generic'],
    ['a --url=BASE --token=b --oidc-token=c', 'can only be set for --type=generic-oidc'],
    ['a --url=BASE --type=generic-oidc --token=b', '--token must not be set for --type=generic-oidc'],
    ['a --url=BASE --type=generic-oidc', 'OIDC needs a token: set --oidc-provider, --oidc-token or FLUX_TRIGGER'],
    ['a --url=BASE --type=generic-oidc --oidc-token=b --oidc-provider=github', 'are mutually exclusive'],
    ['a --url=BASE --type=generic-oidc --oidc-audience=b', 'can only be set together with --oidc-provider'],
    ['a --url=BASE --type=generic-oidc --oidc-provider=github', 'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN'],
    ['a --url=BASE --token=b --type=github', 'Allowed choices are generic, generic-hmac, generic-oidc.'],
    ['a --url=BASE --token=b --retries=-1', 'It must be a number; 0 for none.'],
  ])('refuses %s', async (line, message) => {
    const { err, failed } = await run(line)
    expect(err).toContain(message)
    expect({ failed, requests: seen.length }).toEqual({ failed: true, requests: 0 })
  })
})
