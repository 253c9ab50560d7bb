// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { GitRequest } from '@tidelock/local-cluster'
import { eventually } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import { GitUpstream } from './git-upstream.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())
beforeEach(() => {
  scene.git.faults = {}
})

const random = (bytes: number): string =>
  Buffer.from(Array.from({ length: bytes }, () => Math.random() * 256)).toString('hex')

/** Changes the body of every answer that carries a pack. */
function changePacks(change: (body: Buffer) => Buffer | Readable): void {
  const changed = async (body: Readable, to: PassThrough): Promise<void> => {
    const whole = await buffer(body)
    const result = whole.includes('PACK') ? change(whole) : whole
    if (result instanceof Readable) result.on('error', (error) => to.destroy(error)).pipe(to)
    else to.end(result)
  }
  scene.git.faults.onResponseBody = (_request: GitRequest, body: Readable) => {
    const to = new PassThrough()
    changed(body, to).catch((error: Error) => to.destroy(error))
    return to
  }
}

async function create(name: string, timeout = '30s'): Promise<UpstreamRepository> {
  const repo = await scene.git.create(name, { 'a.txt': 'a', 'big.txt': random(200_000) })
  await scene.create(name, { url: repo.url, timeout })
  return repo
}

/** Waits for the failure and answers what follows the beginning that all such messages share. */
async function failureOf(name: string): Promise<string> {
  const text = conditionsOf(await scene.untilFailed(name, 'GitOperationFailed'))['FetchFailed']?.[2] ?? ''
  const url = `${scene.git.url}/${name}.git`
  expect(text.startsWith(`failed to checkout and determine revision: unable to clone '${url}': `)).toBe(true)
  return text.slice(text.indexOf(url) + url.length + 3)
}

async function recovers(name: string): Promise<void> {
  scene.git.faults = {}
  const obj = await scene.untilReady(name)
  expect(Object.keys(conditionsOf(obj))).toEqual(['Ready', 'ArtifactInStorage'])
  expect(Object.keys(await downloadArtifact(artifactOf(obj)))).toEqual(['a.txt', 'big.txt'])
}

describe('a server that is slow', () => {
  it('to answer is given up after spec.timeout', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    scene.git.faults.onRequest = () => promise
    await create('slow', '1s')
    expect(await failureOf('slow')).toBe('timed out after 1s')
    resolve(undefined)
    await recovers('slow')
  })

  it('in the middle of a pack is given up, too', async () => {
    changePacks((body) => {
      const stuck = new PassThrough()
      stuck.write(body.subarray(0, body.length / 2))
      return stuck
    })
    await create('stuck', '1s')
    expect(await failureOf('stuck')).toBe('timed out after 1s')
    await recovers('stuck')
  })
})

describe('a server that is gone', () => {
  it('is asked again with growing pauses, and found when it is back', async () => {
    const repo = await scene.git.create('away', { 'a.txt': 'a', 'big.txt': 'b' })
    await scene.git.down()
    await scene.create('away', { url: repo.url })
    expect(await failureOf('away')).toMatch(/^connection failed: .*ECONNREFUSED/)
    const pauses = (): (string | undefined)[] =>
      scene.log
        .filter((line) => line.includes('"name":"away"'))
        .flatMap((line) => /next try in ([^"]+)/.exec(line)?.[1] ?? [])
    await eventually(() => expect(pauses().slice(0, 5)).toEqual(['100ms', '200ms', '400ms', '800ms', '1s']))
    await scene.git.up()
    await recovers('away')
  })

  it.each([500, 503, 429])('says %d and is asked again', async (status) => {
    const name = `status-${status}`
    scene.git.faults.onRequest = () => ({ status })
    await create(name)
    expect(await failureOf(name)).toMatch(new RegExp(`\\b${status}\\b`))
    await recovers(name)
  })

  it('cuts the connection', async () => {
    scene.git.faults.onRequest = () => 'cut'
    await create('cut')
    expect(await failureOf('cut')).toMatch(/connection/)
    await recovers('cut')
  })
})

describe('a server that sends half a pack', () => {
  it('and cuts the connection', async () => {
    changePacks((body) => {
      const half = new PassThrough()
      half.write(body.subarray(0, body.length / 2), () => half.destroy(new Error('cut')))
      return half
    })
    await create('half')
    expect(await failureOf('half')).toMatch(/connection/)
    await recovers('half')
  })

  it('and says that this is all', async () => {
    changePacks((body) => body.subarray(0, body.length / 2))
    await create('short')
    expect(await failureOf('short')).toMatch(/ended|end|short|connection/)
    await recovers('short')
  })
})

describe('a server that lies', () => {
  it('with a changed byte in a pack is not believed', async () => {
    changePacks((body) => {
      const changed = Buffer.from(body)
      changed[body.length - 40_000]! ^= 0xff
      return changed
    })
    await create('byte')
    expect(await failureOf('byte')).not.toBe('')
    expect((await scene.get('byte')).status).not.toHaveProperty('artifact')
    await recovers('byte')
  })

  it('with another commit in the pack is not believed', async () => {
    let other: Buffer | undefined
    changePacks((body) => (other ??= body))
    const files = { 'a.txt': 'other', 'big.txt': 'other' }
    const decoy = await scene.git.create('decoy', files)
    await scene.create('decoy', { url: decoy.url })
    await scene.untilReady('decoy')
    const repo = await create('liar')
    const commit = await repo.git('rev-parse', 'main')
    expect(await failureOf('liar')).toBe(`the server did not send the commit ${commit}`)
    await recovers('liar')
  })

  it('with a page in place of Git is named', async () => {
    const headers = { 'content-type': 'text/html' }
    scene.git.faults.onRequest = () => ({ status: 200, headers, body: '<h1>Sign in</h1>' })
    await create('page')
    expect(await failureOf('page')).toBe(
      'the server does not speak Git\'s smart HTTP: it answered with content of type "text/html"',
    )
    await recovers('page')
  })
})

it('a redirect to another host takes no credentials along', async () => {
  await using elsewhere = await GitUpstream.start({ root: `${scene.directory}/git` })
  const seen: (string | undefined)[] = []
  elsewhere.faults.onRequest = ({ headers }) => void seen.push(headers.authorization)
  scene.git.faults.onRequest = ({ url }) => ({ status: 302, headers: { location: `${elsewhere.url}${url}` } })
  const { namespace, client } = scene
  const stringData = { username: 'git', password: 'hunter22' }
  await client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'redirected', namespace }, stringData })
  const repo = await scene.git.create('redirected', { 'a.txt': 'a' })
  await scene.create('redirected', { url: repo.url, secretRef: { name: 'redirected' } })
  await scene.untilReady('redirected')
  expect(seen.length).toBeGreaterThan(1)
  expect(new Set(seen)).toEqual(new Set([undefined]))
})

it('nothing of all this is left behind', async () => {
  const own = `tidelock-source-controller-${process.pid}-`
  const scratch = (await readdir(tmpdir())).filter((name) => name.startsWith(own))
  expect(scratch).toHaveLength(1)
  expect(await readdir(join(tmpdir(), scratch[0]!))).toEqual([])
  const stored = await readdir(join(scene.storagePath, 'gitrepository', scene.namespace), { recursive: true })
  expect(stored.filter((path) => !/^[^/]+(\/[0-9a-f]{40}\.tar\.gz(\.index\.json)?)?$/.test(path))).toEqual([])
})

it('one object whose server hangs does not hold up the others', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = ({ url }) => (url.startsWith('/stuck-alone') ? promise : undefined)
  await create('stuck-alone', '59s')
  await scene.untilSeen('stuck-alone', (obj) => conditionsOf(obj)['Reconciling'] !== undefined)
  await create('beside')
  const obj = await scene.untilReady('beside')
  expect(artifactOf(obj).revision).toMatch(/^main@sha1:/)
  resolve(undefined)
})
