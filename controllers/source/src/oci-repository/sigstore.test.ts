// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createHttpClient } from '@tidelock/http'
import { createLogger } from '@tidelock/runtime'
import { firstRoot, startSigstoreMirror } from '../../test/sigstore-mirror.ts'
import type { SigstoreMirror } from '../../test/sigstore-mirror.ts'
import { openDefaultRoot } from './sigstore.ts'
import type { DefaultRoot, SigstoreSettings } from './sigstore.ts'

const { signal } = new AbortController()

let stack: AsyncDisposableStack
let directory: string
let mirror: SigstoreMirror
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  directory = await mkdtemp(join(tmpdir(), 'sigstore-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  mirror = stack.use(await startSigstoreMirror())
  await mkdir(join(directory, 'scratch'))
  await writeFile(join(directory, 'root.json'), firstRoot)
})
afterEach(() => stack.disposeAsync())

async function open(settings: Partial<SigstoreSettings> = {}): Promise<DefaultRoot> {
  const http = stack.use(createHttpClient({ userAgent: 'test' }))
  const given = {
    sigstoreMirror: `${mirror.url}/`,
    sigstoreRootJson: join(directory, 'root.json'),
    sigstoreCache: '',
    storagePath: directory,
  }
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() }
  const log = createLogger({ level: 'error', encoding: 'json' }, { write: () => undefined })
  const dependencies = { http, clock, random: () => 0, scratchRoot: join(directory, 'scratch'), log }
  return stack.use(await openDefaultRoot({ ...given, ...settings }, dependencies))
}

const refusal = async (root: DefaultRoot): Promise<string> =>
  await root.get(signal).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  )

describe('openDefaultRoot', () => {
  it('reads the root of a TUF repository over HTTP, and asks for nothing before', async () => {
    const root = await open()
    expect(mirror.asked).toEqual([])
    expect((await root.get(signal)).material.tlogs).toHaveLength(1)
    expect(mirror.asked.slice(0, 3)).toEqual(['2.root.json', '3.root.json', 'timestamp.json'])
    expect(await readdir(join(directory, '.sigstore'))).toEqual(['trusted-root.json'])
    expect(await readdir(join(directory, 'scratch'))).toEqual([])
    await (await open()).get(signal)
    expect(mirror.asked).toHaveLength(6)
  })

  it('keeps it where the settings say', async () => {
    const root = await open({ sigstoreCache: join(directory, 'elsewhere') })
    await root.get(signal)
    expect(await readdir(join(directory, 'elsewhere'))).toEqual(['trusted-root.json'])
  })

  it('tries again when the server stumbles', async () => {
    let stumbles = 2
    mirror.answer = (path, response) => {
      if (path !== 'timestamp.json' || stumbles-- <= 0) return false
      response.writeHead(503).end()
      return true
    }
    expect((await (await open()).get(signal)).material.tlogs).toHaveLength(1)
  })

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['does not end', endless, /larger than 16384 bytes/],
    ['is forbidden', (response) => void response.writeHead(403).end(), /timestamp.json is not there/],
    ['fails', (response) => void response.writeHead(500).end(), /unexpected status 500/],
    [
      'breaks off',
      (response) => void response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
      /timestamp.json/,
    ],
    [
      'leads in a circle',
      (response) => void response.writeHead(302, { location: 'timestamp.json' }).end(),
      /redirects/,
    ],
  ])('refuses metadata that %s', async (_what, answer, message) => {
    mirror.answer = (path, response) => {
      if (path !== 'timestamp.json') return false
      answer(response)
      return true
    }
    expect(await refusal(await open())).toMatch(message)
  })

  it('names the server that cannot be reached', async () => {
    await mirror[Symbol.asyncDispose]()
    const message = await refusal(await open())
    expect(message).toMatch(
      /^the trusted root of Sigstore cannot be had from http:\/\/127.0.0.1:\d+\/tuf: .*ECONNREFUSED/,
    )
  })

  it('wants the file that the settings name', async () => {
    await expect(open({ sigstoreRootJson: join(directory, 'none.json') })).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

function endless(response: ServerResponse): void {
  const spaces = function* (): Generator<Buffer> {
    for (;;) yield Buffer.alloc(16 * 1024, ' ')
  }
  // ends when the client goes
  pipeline(Readable.from(spaces()), response.writeHead(200), () => undefined)
}
