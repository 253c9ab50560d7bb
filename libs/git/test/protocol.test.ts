// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { encodePacket, flushPacket } from '../src/pkt-line.ts'
import { createHarness, files, good, main, sample } from './harness.ts'
import {
  advertise,
  advertisementType,
  type Answer,
  band,
  capabilities,
  drip,
  forever,
  listing,
  packAnswer,
  resultType,
  send,
  versionTwo,
} from './scripted-server.ts'

const { serve, fetch } = createHarness()
const failure = (code: string, text = '') => ({ name: 'GitError', code, message: expect.stringContaining(text) })

describe('servers that work, in their own ways', () => {
  it.each<[string, Answer]>([
    ['version 2', versionTwo(good)],
    [
      'version 2 without the service line',
      versionTwo({ ...good, advertise: advertise(capabilities.subarray(capabilities.indexOf('000eversion 2'))) }),
    ],
    ['tiny packets', versionTwo({ ...good, fetch: send(packAnswer(sample.pack, 1)) })],
    ['tiny chunks', versionTwo({ ...good, fetch: (response) => drip(response, packAnswer(sample.pack)) })],
    [
      'keep-alive packets',
      versionTwo({
        ...good,
        fetch: send(packAnswer(sample.pack).subarray(0, -4), band(1, ''), band(2, ''), flushPacket),
      }),
    ],
    [
      'compressed answers',
      versionTwo({
        list: (response) =>
          response
            .writeHead(200, { 'content-type': resultType, 'content-encoding': 'gzip' })
            .end(gzipSync(listing(main))),
        fetch: (response) =>
          response
            .writeHead(200, { 'content-type': resultType, 'content-encoding': 'gzip' })
            .end(gzipSync(packAnswer(sample.pack))),
      }),
    ],
    [
      'a content type with parameters',
      versionTwo({
        ...good,
        list: (response) =>
          response.writeHead(200, { 'content-type': `${resultType}; charset=utf-8` }).end(listing(main)),
      }),
    ],
    [
      'version 0',
      versionZero('side-band-64k shallow ofs-delta', [
        encodePacket(`shallow ${sample.commit}\n`),
        flushPacket,
        encodePacket('NAK\n'),
        ...bands(sample.pack),
      ]),
    ],
    ['version 1', versionZero('side-band-64k', [encodePacket('NAK\n'), ...bands(sample.pack)], 'version 1\n')],
    [
      'version 0 with narrow bands',
      versionZero('side-band agent=x', [encodePacket('NAK\n'), ...bands(sample.pack, 990)]),
    ],
    ['version 0 without bands', versionZero('ofs-delta', [encodePacket('NAK\n'), sample.pack])],
  ])('%s', async (_name, answer) => {
    expect(await fetch(answer)).toEqual(files)
  })

  it('are asked politely', async () => {
    const server = await serve(versionTwo(good))
    await fetch(server.url)
    expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /x.git/info/refs?service=git-upload-pack',
      'POST /x.git/git-upload-pack',
      'POST /x.git/git-upload-pack',
    ])
    for (const { headers } of server.asked)
      expect(headers).toMatchObject({ 'git-protocol': 'version=2', 'user-agent': 'git/tidelock' })
    expect(server.asked[1]?.body).toContain('ref-prefix refs/heads/main\n')
    expect(server.asked[2]?.body).toContain(`want ${sample.commit}\n`)
    expect(server.asked[2]?.body).toContain('deepen 1\n')
  })
})

describe('redirects', () => {
  const redirect =
    (location: string, status = 301): Answer =>
    (response) =>
      response.writeHead(status, { location }).end()

  it('are followed on the first request, and the rest goes there', async () => {
    const server = await serve((response, asked) =>
      asked.url.startsWith('/x.git/')
        ? redirect('/moved/y.git/info/refs?service=git-upload-pack')(response, asked)
        : versionTwo(good)(response, asked),
    )
    expect(await fetch(server.url, { auth: { bearer: 'tok3n' } })).toEqual(files)
    expect(server.asked.slice(1).map(({ url }) => url)).toEqual([
      '/moved/y.git/info/refs?service=git-upload-pack',
      '/moved/y.git/git-upload-pack',
      '/moved/y.git/git-upload-pack',
    ])
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer tok3n'))
  })
  it('to another host get no credentials, then and later', async () => {
    const other = await serve(versionTwo(good))
    const server = await serve(redirect(`${other.url}/y.git/info/refs?service=git-upload-pack`))
    expect(await fetch(server.url, { auth: { basic: { username: 'u', password: 'p' } } })).toEqual(files)
    expect(server.asked[0]?.headers.authorization).toBeDefined()
    expect(other.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined])
  })
  it('to another host that wants credentials say so', async () => {
    const other = await serve((response) => response.writeHead(401).end())
    const server = await serve(redirect(`${other.url}/y.git/info/refs?service=git-upload-pack`))
    await expect(fetch(server.url, { auth: { bearer: 't' } })).rejects.toMatchObject(
      failure('AuthenticationFailed', 'a redirect led to another host'),
    )
  })
  it('to a page are refused', async () => {
    const answer: Answer = (response, asked) =>
      asked.url === '/login'
        ? response.writeHead(200, { 'content-type': advertisementType }).end(capabilities)
        : redirect('/login')(response, asked)
    await expect(fetch(answer)).rejects.toMatchObject(failure('ProtocolError', 'does not end with /info/refs'))
  })
  it('of a POST are not followed', async () => {
    await expect(fetch(versionTwo({ list: redirect('/elsewhere', 307) }))).rejects.toMatchObject(
      failure('ProtocolError', 'unexpected status 307'),
    )
  })
  it('in a circle end', async () => {
    await expect(fetch(redirect('/x.git/info/refs?service=git-upload-pack'))).rejects.toMatchObject(
      failure('ProtocolError', 'too many redirects'),
    )
  })
})

describe('a status of', () => {
  it.each([
    [401, 'AuthenticationFailed', 'authentication required'],
    [403, 'AuthenticationFailed', 'authorization failed'],
    [404, 'RepositoryNotFound', 'repository not found'],
    [410, 'RepositoryNotFound', 'repository not found'],
    [204, 'ProtocolError', 'unexpected status 204'],
    [400, 'ProtocolError', 'unexpected status 400'],
    [429, 'Unreachable', 'unexpected status 429'],
    [500, 'Unreachable', 'unexpected status 500'],
    [503, 'Unreachable', 'unexpected status 503'],
  ])('%i is %s', async (status, code, text) => {
    await expect(fetch((response) => response.writeHead(status).end('body'))).rejects.toMatchObject(failure(code, text))
  })
  it('503 passes when the next answer is better', async () => {
    let failures = 2
    const answer: Answer = (response, asked) =>
      failures-- > 0 ? response.writeHead(503, { 'retry-after': '1' }).end() : versionTwo(good)(response, asked)
    expect(await fetch(answer)).toEqual(files)
  })
  it('503 with a long Retry-After is handed on at once', async () => {
    const server = await serve((response) => response.writeHead(503, { 'retry-after': '3600' }).end())
    await expect(fetch(server.url)).rejects.toMatchObject({
      code: 'Unreachable',
      details: { status: 503, retryAfterMs: 3_600_000 },
    })
    expect(server.asked.length).toBe(1)
  })
})

describe('an advertisement that', () => {
  it.each<[string, Answer, string]>([
    [
      'is a web page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'ProtocolError',
    ],
    [
      'is of the dumb protocol',
      (response) =>
        response.writeHead(200, { 'content-type': 'text/plain' }).end(`${sample.commit}\trefs/heads/main\n`),
      'ProtocolError',
    ],
    ['has the right type and wrong content', advertise(Buffer.from('<html>')), 'ProtocolError'],
    ['is empty', advertise(Buffer.alloc(0)), 'ProtocolError'],
    ['is for pushing', advertise(encodePacket('# service=git-receive-pack\n')), 'ProtocolError'],
    ['is cut', advertise(capabilities.subarray(0, 50)), 'Unreachable'],
    ['is an error', advertise(encodePacket('ERR access denied')), 'ProtocolError'],
    ['is an error about the repository', advertise(encodePacket('ERR Repository not found.')), 'RepositoryNotFound'],
    ['has no capabilities', advertise(Buffer.concat([encodePacket(`${main}\n`), flushPacket])), 'ProtocolError'],
    [
      'has a line that is no reference',
      advertise(Buffer.concat([encodePacket(`${main}\0x\n`), encodePacket('nonsense\n'), flushPacket])),
      'ProtocolError',
    ],
    [
      'is of a sha256 repository',
      advertise(Buffer.concat([encodePacket('version 2\n'), encodePacket('object-format=sha256\n'), flushPacket])),
      'ProtocolError',
    ],
    [
      'is not compressed as it says',
      (response) =>
        response.writeHead(200, { 'content-type': advertisementType, 'content-encoding': 'gzip' }).end('plain'),
      'ProtocolError',
    ],
  ])('%s is refused', async (_name, answer, code) => {
    await expect(fetch(answer)).rejects.toMatchObject(failure(code))
  })
})

describe('a list of references that', () => {
  // few lines with many bytes: the bound on bytes is met before the one on references
  const longLine = encodePacket(`${sample.commit} refs/heads/${'x'.repeat(60_000)}\n`)

  it.each<[string, Answer, string]>([
    ['has a broken line', send(encodePacket('main\n')), 'ProtocolError'],
    ['has a short id', send(encodePacket('1234 refs/heads/main\n')), 'ProtocolError'],
    ['has a broken peeled id', send(encodePacket(`${main} peeled:xyz\n`)), 'ProtocolError'],
    ['is cut', send(listing(main).subarray(0, 10)), 'Unreachable'],
    ['is an error', send(encodePacket('ERR no')), 'ProtocolError'],
    ['is a page', (response) => response.end('sorry'), 'ProtocolError'],
    ['holds what was not asked for', send(listing(`${sample.commit} refs/heads/other`)), 'ReferenceNotFound'],
    ['never ends', (response) => forever(response, longLine), 'LimitExceeded'],
    [
      'unpacks to gigabytes',
      (response) =>
        response
          .writeHead(200, { 'content-type': resultType, 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(150_000_000, longLine), { level: 1 })),
      'LimitExceeded',
    ],
  ])('%s is refused', async (_name, list, code) => {
    await expect(fetch(versionTwo({ ...good, list }))).rejects.toMatchObject(failure(code))
  })
  it('is bounded', async () => {
    const lines = Array.from({ length: 11 }, (_, i) => `${sample.commit} refs/heads/main${i}`)
    await expect(fetch(versionTwo({ list: send(listing(...lines)) }), { limits: { refs: 10 } })).rejects.toMatchObject({
      details: { limit: 'refs' },
    })
  })
})

function versionZero(capabilityLine: string, answer: readonly Buffer[], version = ''): Answer {
  const advertisement = Buffer.concat([
    encodePacket('# service=git-upload-pack\n'),
    flushPacket,
    ...(version === '' ? [] : [encodePacket(version)]),
    encodePacket(`${sample.commit} HEAD\0${capabilityLine}\n`),
    encodePacket(`${main}\n`),
    flushPacket,
  ])
  return (response, asked) => (asked.method === 'GET' ? advertise(advertisement) : send(...answer))(response, asked)
}

function bands(pack: Buffer, packetBytes = 60_000): Buffer[] {
  const packets = []
  for (let at = 0; at < pack.length; at += packetBytes) packets.push(band(1, pack.subarray(at, at + packetBytes)))
  return [...packets, flushPacket]
}
