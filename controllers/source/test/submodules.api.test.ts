// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { runGit } from '@tidelock/local-cluster'
import { downloadArtifact } from './artifact-content.ts'
import { GitUpstream } from './git-upstream.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
let elsewhere: GitUpstream
let root: string
/** Requests to the other server: path and credentials. */
const seen: string[] = []
/** Commits of the submodules. */
const commits: Record<string, string> = {}

beforeAll(async () => {
  scene = await Scene.open({ git: { auth: { username: 'ada', password: 'secret' } } })
  root = await mkdtemp(join(tmpdir(), 'elsewhere-'))
  elsewhere = await GitUpstream.start({ root })
  elsewhere.faults.onRequest = ({ url, headers }) => {
    seen.push(`${url.split('/')[1]} ${headers['authorization'] ?? 'nothing'}`)
    return undefined
  }
  const create = async (upstream: GitUpstream, name: string) => {
    const repo = await upstream.create(name)
    commits[name] = await repo.commit({ [`${name}.txt`]: name, '.sourceignore': '*.md', 'x.md': 'ignored' })
  }
  await create(scene.git, 'lib')
  await create(elsewhere, 'other')
  await scene.client.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ada', namespace: scene.namespace },
    stringData: { username: 'ada', password: 'secret' },
  })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await elsewhere[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

/** A repository with submodules, by path: address and commit. */
async function withSubmodules(name: string, links: Readonly<Record<string, readonly [string, string]>>) {
  const repo = await scene.git.create(name)
  const sections = Object.entries(links).map(
    ([path, [url]]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`,
  )
  await repo.commit({ 'main.txt': 'main', '.gitmodules': sections.join('') })
  await link(repo, links)
  return repo
}

async function link(repo: UpstreamRepository, links: Readonly<Record<string, readonly [string, string]>>) {
  const modes = Object.entries(links).map(([path, [, commit]]) => `M 160000 ${commit} ${path}`)
  const head = ['commit refs/heads/main', 'committer T <t@example.com> 1000 +0000', 'data 0', 'from refs/heads/main^0']
  await runGit(repo.gitDir, ['fast-import', '--quiet', '--done'], { input: [...head, ...modes, 'done', ''].join('\n') })
}

const secretRef = { name: 'ada' }

it('submodules come into the artifact when that is asked for, with credentials for their own server alone', async () => {
  const repo = await withSubmodules('whole', {
    'libs/lib': ['../lib.git', commits['lib']!],
    other: [`${elsewhere.url}/other.git`, commits['other']!],
  })
  await scene.create('whole', { url: repo.url, secretRef })
  const without = artifactOf(await scene.untilReady('whole'))
  expect(await downloadArtifact(without)).toEqual({ 'main.txt': 'main' })
  await scene.patch('whole', { spec: { recurseSubmodules: true } })
  const obj = await scene.until('whole', ({ status }) => status?.observedGeneration === 2)
  expect(await downloadArtifact(artifactOf(obj))).toEqual({
    'main.txt': 'main',
    'libs/lib/lib.txt': 'lib',
    'libs/lib/.sourceignore': '*.md',
    'other/other.txt': 'other',
    'other/.sourceignore': '*.md',
  })
  expect(obj.status?.observedRecurseSubmodules).toBe(true)
  expect(artifactOf(obj).revision).toBe(without.revision)
  expect([...new Set(seen)]).toEqual(['other.git nothing'])
  // a head that did not move is not fetched again, with submodules either
  const packs = scene.git.packs
  await scene.reconcile('whole')
  expect(scene.git.packs).toBe(packs)
})

it('only those below the directories of a sparse checkout are fetched', async () => {
  const repo = await withSubmodules('sparse', {
    'libs/lib': ['../lib.git', commits['lib']!],
    other: ['file:///nowhere', commits['other']!],
  })
  await scene.create('sparse', { url: repo.url, secretRef, recurseSubmodules: true, sparseCheckout: ['libs/lib'] })
  expect(Object.keys(await downloadArtifact(artifactOf(await scene.untilReady('sparse'))))).toEqual([
    'libs/lib/.sourceignore',
    'libs/lib/lib.txt',
  ])
})

it.each([
  ['a-file', 'file:///etc', "the address 'file:///etc' is not allowed: want http, https or ssh"],
  ['a-helper', 'ext::sh -c id', 'is not allowed: it has spaces or control characters'],
  ['a-path', '/etc', "the address '/etc' is not allowed: it is a path on this machine"],
])('a submodule at %s is refused, and nothing is published', async (name, url, why) => {
  const repo = await withSubmodules(name, { sub: [url, commits['lib']!] })
  await scene.create(name, { url: repo.url, secretRef, recurseSubmodules: true })
  const obj = await scene.untilFailed(name, 'GitOperationFailed')
  const message = conditionsOf(obj)['FetchFailed']?.[2]
  expect(message).toContain("failed to checkout and determine revision: unable to fetch submodule 'sub': ")
  expect(message).toContain(why)
  expect(obj.status?.artifact).toBeUndefined()
})
