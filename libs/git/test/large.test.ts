// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository, type GitServer, runGit, startGitServer } from '@tidelock/local-cluster'
import * as git from 'isomorphic-git'
import * as http from 'isomorphic-git/http/node'
import { type GitTree, openRemote } from '../src/index.ts'
import { impatientClock } from './clock.ts'

const count = 20_000

let root: string
let gitDir: string
let server: GitServer

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-large-'))
  await mkdir(join(root, 'scratch'))
  gitDir = (await createRepository(root, 'large.git')).gitDir
  await runGit(gitDir, ['fast-import', '--quiet', '--done'], { input: monorepo() })
  server = await startGitServer({ root })
})
afterAll(async () => {
  await server.stop()
  await rm(root, { recursive: true, force: true })
})

const names = ['deployment.yaml', 'service.yaml', 'overlays/prod/patch.yaml', 'overlays/prod/kustomization.yaml']

function pathOf(i: number): string {
  const app = Math.floor(i / names.length)
  return `apps/team-${app % 25}/app-${app}/${names[i % names.length]}`
}

function contentOf(i: number): string {
  const unique = createHash('sha1').update(String(i)).digest('hex')
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: object-${i}\n  labels:\n    unique: ${unique}\n${'# filler\n'.repeat(i % 40)}`
}

function monorepo(): string {
  const parts = ['commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 5\nfirst\n']
  for (let i = 0; i < count; i++) {
    const content = contentOf(i)
    parts.push(`M 100644 inline ${pathOf(i)}\ndata ${content.length}\n${content}\n`)
  }
  return `${parts.join('')}done\n`
}

async function fetchMain(): Promise<GitTree> {
  const remote = openRemote({
    url: `${server.url}/large.git`,
    timeoutMs: 60_000,
    clock: impatientClock,
    scratchDir: join(root, 'scratch'),
  })
  try {
    return await remote.fetchTree(await remote.resolve({ branch: 'main' }))
  } finally {
    await remote.close()
  }
}

async function idsByPath(tree: GitTree): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const { path, sha } of tree.entries()) found.set(path, sha)
  return found
}

describe('a repository of 20,000 files', () => {
  it('arrives whole, sorted, with every byte', async () => {
    await using tree = await fetchMain()
    const expected = new Map(Array.from({ length: count }, (_, i) => [pathOf(i), contentOf(i)]))
    let last = Buffer.alloc(0)
    for await (const entry of tree.entries()) {
      const { path, mode } = entry
      const bytes = Buffer.from(path)
      if (Buffer.compare(last, bytes) >= 0) throw new Error(`${path} is out of order`)
      last = bytes
      if (mode !== 0o100644) throw new Error(`${path} has mode ${mode.toString(8)}`)
      const text = Buffer.from((await entry.content()) as Uint8Array).toString()
      if (text !== expected.get(path)) throw new Error(`${path} has other content`)
      expected.delete(path)
    }
    expect(expected.size).toBe(0)
  })

  it('differs in one file after a commit of one file', async () => {
    await using before = await fetchMain()
    const was = await idsByPath(before)
    const sha = await commitFiles(gitDir, { [pathOf(12_345)]: 'changed' })
    await using after = await fetchMain()
    expect(after.commit.sha).toBe(sha)
    const changed = [...(await idsByPath(after))].filter(([path, id]) => was.get(path) !== id).map(([path]) => path)
    expect(changed).toEqual([pathOf(12_345)])
  })

  it('is disposed of without a trace', async () => {
    const tree = await fetchMain()
    expect(await readdir(join(root, 'scratch'))).toHaveLength(1)
    await tree.dispose()
    expect(await readdir(join(root, 'scratch'))).toEqual([])
  })
})

it('isomorphic-git reads the same tree', async () => {
  const { gitDir: small } = await createRepository(root, 'small.git')
  const paths = Array.from({ length: 60 }, (_, i) => pathOf(i * 7))
  await commitFiles(
    small,
    Object.fromEntries(paths.map((path, i) => [path, { content: contentOf(i), executable: i % 5 === 0 }])),
  )
  const url = `${server.url}/small.git`
  const dir = join(root, 'isomorphic')
  await git.clone({ fs, http, dir, gitdir: dir, url, ref: 'main', singleBranch: true, depth: 1, noCheckout: true })
  const theirs = (await git.walk({
    fs,
    dir,
    gitdir: dir,
    trees: [git.TREE({ ref: 'main' })],
    map: async (path, [entry]) =>
      (await entry?.type()) === 'blob' ? [path, await entry?.mode(), await entry?.oid()] : undefined,
  })) as [string, number, string][]

  const remote = openRemote({ url, timeoutMs: 20_000, clock: impatientClock, scratchDir: join(root, 'scratch') })
  await using tree = await remote.fetchTree(await remote.resolve({ branch: 'main' }))
  await remote.close()
  const ours = (await Array.fromAsync(tree.entries())).map(({ path, mode, sha }) => [path, mode, sha])
  expect(ours).toHaveLength(60)
  expect(ours).toEqual(theirs.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
})
