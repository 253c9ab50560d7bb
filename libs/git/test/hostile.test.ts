// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { encodePacket, flushPacket } from '../src/pkt-line.ts'
import { createHarness, good, sample } from './harness.ts'
import { commitOf, commitPack, encodeEntry, idOf, packOf, treeOf } from './packs.ts'
import {
  type Answer,
  band,
  forever,
  listing,
  packAnswer,
  resultType,
  scriptedServer,
  send,
  versionTwo,
} from './scripted-server.ts'

const { serve, fetch } = createHarness()
const failure = (code: string, text = '') => ({ name: 'GitError', code, message: expect.stringContaining(text) })

describe('a pack that', () => {
  const answerWith = (pack: Buffer): Answer => send(packAnswer(pack))
  const dotGit = commitPack([['100644', '.git', 'evil']])

  it.each<[string, Answer, string, string]>([
    ['does not come', send(flushPacket), 'ProtocolError', 'sent no pack'],
    [
      'is an error',
      send(encodePacket('ERR upload-pack: not our ref')),
      'ProtocolError',
      'the server said: upload-pack: not our ref',
    ],
    [
      'breaks off with an error',
      send(packAnswer(sample.pack).subarray(0, 120)),
      'Unreachable',
      'in the middle of a packet',
    ],
    [
      'ends with an error',
      send(packAnswer(sample.pack).subarray(0, -4), band(3, 'fatal: out of memory\n\u001b[31m')),
      'ProtocolError',
      'the server said: fatal: out of memory [31m',
    ],
    ['ends early', answerWith(sample.pack.subarray(0, 60)), 'InvalidObject', 'ended early'],
    [
      'has an unknown band',
      send(packAnswer(sample.pack).subarray(0, -4), band(9, 'x')),
      'ProtocolError',
      'unknown band 9',
    ],
    [
      'has a packet without band',
      send(packAnswer(sample.pack).subarray(0, -4), encodePacket('')),
      'ProtocolError',
      'without band',
    ],
    ['is garbage', answerWith(Buffer.from('garbage in a pack')), 'InvalidObject', 'did not send a pack'],
    [
      'lacks the commit',
      answerWith(packOf(sample.entries.slice(1))),
      'InvalidObject',
      `did not send the commit ${sample.commit}`,
    ],
    ['is of another commit', answerWith(dotGit.pack), 'InvalidObject', `did not send the commit ${sample.commit}`],
    [
      'has another commit in its place',
      answerWith(packOf([{ kind: 1, data: commitOf('1'.repeat(40)) }])),
      'InvalidObject',
      'did not send the commit',
    ],
    [
      'lacks the tree',
      answerWith(packOf(sample.entries.slice(0, 1))),
      'InvalidObject',
      'the content of the root directory',
    ],
    ['lacks a file', answerWith(packOf(sample.entries.slice(0, 3))), 'InvalidObject', 'the content of "b.txt"'],
  ])('%s is refused', async (_name, answer, code, text) => {
    await expect(fetch(versionTwo({ ...good, fetch: answer }))).rejects.toMatchObject(failure(code, text))
  })

  it('breaks off with the connection', async () => {
    const cut: Answer = (response) => {
      response.writeHead(200, { 'content-type': resultType })
      response.write(packAnswer(sample.pack).subarray(0, 120), () => response.destroy())
    }
    await expect(fetch(versionTwo({ ...good, fetch: cut }))).rejects.toMatchObject(failure('Unreachable'))
  })
  it('never ends is bounded', async () => {
    const header = Buffer.from('PACK\0\0\0\x02\0\0\xff\xff', 'latin1')
    const first = Buffer.concat([encodePacket('packfile\n'), band(1, header)])
    const entry = band(1, encodeEntry({ kind: 3, data: randomBytes(60_000) }))
    const endless: Answer = (response) => forever(response, first, entry)
    const answer = versionTwo({ ...good, fetch: endless })
    await expect(fetch(answer, { limits: { packBytes: 1e6 } })).rejects.toMatchObject({
      details: { limit: 'packBytes' },
    })
    await expect(fetch(answer, { limits: { totalBytes: 1e6 } })).rejects.toMatchObject({
      details: { limit: 'totalBytes' },
    })
  })
  it('whose progress never ends is ended by the time limit', async () => {
    const endless: Answer = (response) => forever(response, encodePacket('packfile\n'), band(2, 'Counting…'))
    await expect(fetch(versionTwo({ ...good, fetch: endless }), { timeoutMs: 200 })).rejects.toMatchObject(
      failure('Timeout', 'timed out after 0.2s'),
    )
  })
})

describe('trees that', () => {
  const pack = (tree: Buffer, ...more: { kind: number; data: Buffer }[]): Answer => {
    const commit = commitOf(idOf('tree', tree))
    const id = idOf('commit', commit)
    return versionTwo({
      list: send(listing(`${id} refs/heads/main`)),
      fetch: send(packAnswer(packOf([{ kind: 1, data: commit }, { kind: 2, data: tree }, ...more]))),
    })
  }
  const blob = { kind: 3, data: Buffer.from('x') }
  const blobId = idOf('blob', blob.data)

  it.each(['..', '.', '', '.git', '.GIT', 'a/b', '../../etc/passwd'])('name a file %j are refused', async (name) => {
    await expect(fetch(pack(treeOf(['100644', name, blobId]), blob))).rejects.toMatchObject(
      failure('InvalidObject', 'not allowed'),
    )
  })
  it.each(['..', '.git'])('name a directory %j are refused', async (name) => {
    const inner = treeOf(['100644', 'x', blobId])
    const answer = pack(treeOf(['40000', name, idOf('tree', inner)]), { kind: 2, data: inner }, blob)
    await expect(fetch(answer)).rejects.toMatchObject(failure('InvalidObject', 'not allowed'))
  })
  it('call a tree a file, or a file a tree, are refused', async () => {
    const inner = treeOf(['100644', 'x', blobId])
    await expect(
      fetch(pack(treeOf(['100644', 'a', idOf('tree', inner)]), { kind: 2, data: inner })),
    ).rejects.toMatchObject(failure('InvalidObject', 'is no blob'))
    await expect(fetch(pack(treeOf(['40000', 'a', blobId]), blob))).rejects.toMatchObject(
      failure('InvalidObject', 'is no tree'),
    )
  })
  it('hold one tree many times are bounded', async () => {
    // ten directories in ten directories …: 10^8 files from nine small objects
    const levels = [treeOf(['100644', 'f', blobId])]
    for (let i = 0; i < 8; i++) {
      const id = idOf('tree', levels.at(-1)!)
      levels.push(treeOf(...Array.from({ length: 10 }, (_, n) => ['40000', `d${n}`, id] as const)))
    }
    const top = levels.pop()!
    const answer = pack(top, blob, ...levels.map((data) => ({ kind: 2, data })))
    await expect(fetch(answer, { limits: { treeEntries: 5000 } })).rejects.toMatchObject({
      details: { limit: 'treeEntries' },
    })
  })
  it('nest too deep or grow too long are bounded', async () => {
    const levels = [treeOf(['100644', 'f', blobId])]
    for (let i = 0; i < 40; i++) levels.push(treeOf(['40000', 'directory', idOf('tree', levels.at(-1)!)]))
    const top = levels.pop()!
    const answer = pack(top, blob, ...levels.map((data) => ({ kind: 2, data })))
    expect(Object.keys(await fetch(answer))[0]?.split('/').length).toBe(41)
    await expect(fetch(answer, { limits: { treeDepth: 20 } })).rejects.toMatchObject({
      details: { limit: 'treeDepth' },
    })
    await expect(fetch(answer, { limits: { pathBytes: 100 } })).rejects.toMatchObject({
      details: { limit: 'pathBytes' },
    })
  })
  it('repeat one large file are bounded', async () => {
    const large = { kind: 3, data: Buffer.alloc(100_000) }
    const names = Array.from(
      { length: 50 },
      (_, i) => ['100644', `f${String(i).padStart(2, '0')}`, idOf('blob', large.data)] as const,
    )
    await expect(fetch(pack(treeOf(...names), large), { limits: { totalBytes: 1e6 } })).rejects.toMatchObject({
      details: { limit: 'totalBytes' },
    })
  })
})

describe('a server that is slow', () => {
  it.each<[string, Answer]>([
    ['to answer', () => undefined],
    ['to list', versionTwo({ list: () => undefined })],
    [
      'to send',
      versionTwo({
        ...good,
        fetch: (response) => response.writeHead(200, { 'content-type': resultType }).write(encodePacket('packfile\n')),
      }),
    ],
  ])('%s is given up', async (_name, answer) => {
    const server = await serve(answer)
    await expect(fetch(server.url, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'Timeout',
      message: `unable to clone '${server.url}/x.git': timed out after 0.2s`,
    })
  })
  it('is left when the caller aborts', async () => {
    const controller = new AbortController()
    const answer = versionTwo({ list: () => controller.abort(new Error('suspended')) })
    await expect(fetch(answer, { signal: controller.signal })).rejects.toThrow('suspended')
  })
})

describe('no server', () => {
  it('is unreachable, and the message names the address', async () => {
    const server = await scriptedServer(() => undefined)
    await server.close()
    await expect(fetch(server.url)).rejects.toMatchObject(
      failure('Unreachable', `unable to clone '${server.url}/x.git': connection failed: connect ECONNREFUSED`),
    )
  })
  it('that closes at once is unreachable', async () => {
    await expect(fetch((response) => response.destroy())).rejects.toMatchObject(
      failure('Unreachable', 'connection lost'),
    )
  })
})
