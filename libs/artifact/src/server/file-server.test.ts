// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { createFileServer } from '../index.ts'
import { parseRange } from './range.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let root: string
let server: Server
let errors: unknown[]
const directory = 'gitrepository/ns/app'
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'server-'))
  errors = []
  await mkdir(join(root, directory), { recursive: true })
  await writeFile(join(root, directory, 'a.tar.gz'), '0123456789')
  await writeFile(join(root, directory, 'a.tar.gz.index.json'), '{}')
  await writeFile(join(root, directory, 'a.tar.gz.lock'), '')
  await writeFile(join(root, directory, '.b.tar.gz.0011.tmp'), 'half')
  server = createServer(createFileServer({ root, onError: (error) => errors.push(error) })).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(root, { recursive: true, force: true })
  if (errors.length > 0) throw new AggregateError(errors, 'the server reported errors')
})

async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  const { port } = server.address() as AddressInfo
  const sent = request({ host: '127.0.0.1', port, path, headers, method }).end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, headers: response.headers, body }
}

describe('the file server', () => {
  it('serves a file', async () => {
    const reply = await get(`/${directory}/a.tar.gz`)
    expect(reply).toMatchObject({ status: 200, body: '0123456789' })
    expect(reply.headers).toMatchObject({
      'content-type': 'application/gzip',
      'content-length': '10',
      'accept-ranges': 'bytes',
      etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
    })
    expect((await get(`/${directory}/a.tar.gz.index.json`)).headers['content-type']).toBe('application/json')
  })

  it('answers HEAD without a body', async () => {
    const reply = await get(`/${directory}/a.tar.gz`, {}, 'HEAD')
    expect(reply).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } })
    expect((await get('/', {}, 'HEAD')).status).toBe(200)
  })

  it('lists directories, which says that it is ready', async () => {
    expect(await get('/')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: expect.stringContaining('<a href="gitrepository/">gitrepository/</a>'),
    })
    await writeFile(join(root, directory, 'a:b <i>&".tgz'), '')
    const { body } = await get(`/${directory}/`)
    expect(body).toContain('<a href="./a%3Ab%20%3Ci%3E%26%22.tgz">a:b &#60;i&#62;&#38;&#34;.tgz</a>')
    expect(body.match(/<a /g)?.length).toBe(3)
  })

  it('sends a directory without its slash on', async () => {
    expect(await get('/gitrepository/ns?x=1')).toMatchObject({ status: 301, headers: { location: './ns/?x=1' } })
  })

  it.each<[string, number, string, string | undefined]>([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
  ])('answers a range of %s with %d', async (range, status, body, contentRange) => {
    const reply = await get(`/${directory}/a.tar.gz`, { range })
    expect([reply.status, reply.body, reply.headers['content-range']]).toEqual([status, body, contentRange])
  })

  it('honours conditions', async () => {
    const path = `/${directory}/a.tar.gz`
    const { headers } = await get(path)
    const { etag = '', 'last-modified': modified = '' } = headers
    expect((await get(path, { 'if-none-match': `"x", W/${etag}` })).status).toBe(304)
    expect((await get(path, { 'if-none-match': '"x"' })).status).toBe(200)
    expect((await get(path, { 'if-modified-since': modified })).status).toBe(304)
    expect((await get(path, { 'if-modified-since': new Date(0).toUTCString() })).status).toBe(200)
    expect((await get(path, { range: 'bytes=0-0', 'if-range': etag })).status).toBe(206)
    expect((await get(path, { range: 'bytes=0-0', 'if-range': '"x"' })).status).toBe(200)
    await writeFile(join(root, directory, 'a.tar.gz'), 'other')
    expect((await get(path, { 'if-none-match': etag })).status).toBe(200)
  })

  it.each([
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    `/${directory}/..%2f..%2f..%2f..%2fetc%2fpasswd`,
    `/${directory}/a.tar.gz%00`,
    `/${directory}/a.tar.gz.lock`,
    `/${directory}/.b.tar.gz.0011.tmp`,
    `/${directory}/%2eb.tar.gz.0011.tmp`,
    `/${directory}/a.tar.gz/`,
    `/${directory}/a.tar.gz/x`,
    `/${directory}/nope`,
    '/%ff',
    `/${'x'.repeat(300)}`,
  ])('has nothing at %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404, body: '404 page not found\n' })
  })

  it('follows links within the root only', async () => {
    await symlink('a.tar.gz', join(root, directory, 'latest.tar.gz'))
    await symlink('/etc/passwd', join(root, directory, 'passwd'))
    await symlink('/etc', join(root, directory, 'etc'))
    await symlink('loop', join(root, directory, 'loop'))
    expect((await get(`/${directory}/latest.tar.gz`)).body).toBe('0123456789')
    for (const name of ['passwd', 'etc', 'etc/passwd', 'loop'])
      expect((await get(`/${directory}/${name}`)).status).toBe(404)
  })

  it('answers 500 and reports when it cannot read its root', async () => {
    const broken = createFileServer({ root: 'a\0b', onError: (error) => reported.push(error) })
    const reported: unknown[] = []
    server.removeAllListeners('request').on('request', broken)
    expect(await get('/')).toMatchObject({ status: 500, body: 'internal error\n' })
    expect(reported).toEqual([expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })])
  })

  it('refuses other methods', async () => {
    expect(await get('/', {}, 'DELETE')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })

  it('lets a client go in the middle, and serves on', async () => {
    const big = join(root, directory, 'big.tar.gz')
    await writeFile(big, '')
    await truncate(big, 64 * 1024 ** 2)
    const { port } = server.address() as AddressInfo
    const sent = request({ host: '127.0.0.1', port, path: `/${directory}/big.tar.gz` }).end()
    const [response] = await once(sent, 'response')
    await once(response, 'data')
    sent.destroy()
    await eventually(async () => {
      const { promise, resolve } = Promise.withResolvers<number>()
      server.getConnections((_error, count) => resolve(count))
      expect(await promise).toBe(0)
    })
    expect((await get('/')).status).toBe(200)
  })
})

describe('parseRange', () => {
  it.each<[string | undefined, number, unknown]>([
    [undefined, 10, undefined],
    ['bytes=-', 10, undefined],
    ['bytes=5-2', 10, undefined],
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=-20', 10, { start: 0, end: 9 }],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
  ])('reads %s of %d', (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected)
  })
})
