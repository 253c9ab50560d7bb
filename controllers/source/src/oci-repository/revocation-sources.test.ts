// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHttpClient } from '@tidelock/http'
import { parseTrustedCertificates } from '@tidelock/verify'
import type { SigningCertificate } from '@tidelock/verify'
import { revocationOver } from './revocation-sources.ts'

const testdata = (name: string): string =>
  readFileSync(new URL(`../../../../libs/verify/testdata/notation/${name}`, import.meta.url), 'utf8')
const list = (name: string): Buffer =>
  Buffer.from(testdata(`list-${name}.crl`).replaceAll(/-----[^-]+-----/g, ''), 'base64')
const clock = { now: () => Date.parse('2026-11-21T00:00:00Z') }

function certificate(name: string): SigningCertificate {
  const [found] = parseTrustedCertificates(name, Buffer.from(testdata(`${name}.crt`)))
  if (found === undefined) throw new Error('no certificate')
  return found
}

const ocspData = JSON.parse(testdata('ocsp.json')) as Readonly<Record<string, string>>
const ocspBytes = (name: string): Buffer => Buffer.from(ocspData[name] ?? '', 'base64')

function parse(name: string): SigningCertificate {
  const pem = `-----BEGIN CERTIFICATE-----\n${ocspData[`${name}.crt`]}\n-----END CERTIFICATE-----\n`
  const [found] = parseTrustedCertificates(name, Buffer.from(pem))
  if (found === undefined) throw new Error('no certificate')
  return found
}

/** A responder that knows what openssl answered, and looks at what it is asked. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = (request.url ?? '').slice('/ocsp-'.length)
  const asked = await buffer(request)
  const isRight = request.method === 'POST' && request.headers['content-type'] === 'application/ocsp-request'
  if (name === 'moved') response.writeHead(307, { location: '/ocsp-good' }).end()
  else if (!isRight || (name === 'good' && !asked.equals(ocspBytes('asked.request')))) response.writeHead(400).end()
  else response.end(ocspBytes(`${name}.response`))
}

const http = createHttpClient({ userAgent: 'test' })
let server: Server
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/broken') response.destroy()
    else if (request.url === '/none') response.writeHead(404).end('no list')
    else if (request.url?.startsWith('/ocsp-') === true) void answer(request, response)
    else response.end(list((request.url ?? '').slice(1)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await http[Symbol.asyncDispose]()
})

describe('revocationOver', () => {
  it.each([
    ['empty', 'good'],
    ['revoked', 'revoked'],
    ['none', 'unknown'],
    ['broken', 'unknown'],
  ])('asks the server that a certificate names: %s', async (path, status) => {
    const { port } = server.address() as AddressInfo
    const lists = [`http://127.0.0.1:${port}/${path}`]
    const named = { ...certificate('listed'), revocation: { ocsp: [], lists } }
    const { signal } = new AbortController()
    await expect(revocationOver(http, clock).check(named, certificate('root'), signal)).resolves.toBe(status)
  })
  it.each([
    ['ocsp-good', 'asked', 'good'],
    ['ocsp-revoked', 'revoked', 'revoked'],
    ['ocsp-unknown', 'unlisted', 'unknown'],
    ['ocsp-by-stranger', 'asked', 'unknown'],
    ['ocsp-moved', 'asked', 'unknown'],
  ])('asks an OCSP server: %s', async (path, name, status) => {
    const { port } = server.address() as AddressInfo
    const ocsp = [`http://127.0.0.1:${port}/${path}`]
    const named = { ...parse(name), revocation: { ocsp, lists: [] } }
    const { signal } = new AbortController()
    const now = (): number => Date.parse(ocspData['madeAt'] ?? '')
    await expect(revocationOver(http, { now }).check(named, parse('root'), signal)).resolves.toBe(status)
  })
  it('ends with the run', async () => {
    const { port } = server.address() as AddressInfo
    const named = { ...certificate('listed'), revocation: { ocsp: [], lists: [`http://127.0.0.1:${port}/empty`] } }
    const signal = AbortSignal.abort(new Error('over'))
    await expect(revocationOver(http, clock).check(named, certificate('root'), signal)).rejects.toThrow('over')
  })
})
