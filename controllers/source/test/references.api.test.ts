// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GitRepositoryRef } from '@tidelock/api'
import { downloadArtifact } from './artifact-content.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
let repo: UpstreamRepository
/** Commit ids by what they are known as. */
const ids: Record<string, string> = {}

async function commit(name: string, branch: string, seconds: number): Promise<void> {
  ids[name] = await repo.commit({ 'name.txt': name }, { branch, date: new Date(seconds * 1000) })
}

beforeAll(async () => {
  scene = await Scene.open()
  repo = await scene.git.create('app')
  await commit('old', 'main', 1000)
  await repo.git('tag', 'v1.0.0', 'main')
  await repo.git('tag', '1.2.0+early', 'main')
  await commit('tagged', 'main', 3000)
  await repo.git('-c', 'user.name=T', '-c', 'user.email=t@example.com', 'tag', '-a', '-m', 'release', 'v1.1.0', 'main')
  await repo.git('tag', '1.2.0+late', 'main')
  await repo.git('tag', 'not-a-version', 'main')
  await repo.git('tag', 'v2.0.0-rc.1', 'main')
  await commit('head', 'main', 2000)
  await commit('master', 'master', 1000)
  await commit('feature', 'feature/x', 1000)
  await commit('pull', 'pull', 1000)
  await repo.git('update-ref', 'refs/pull/1/head', 'pull')
  await repo.git('branch', '-D', 'pull')
})
afterAll(() => scene[Symbol.asyncDispose]())

type Case = [string, GitRepositoryRef | undefined, string, string]

it.each<Case>([
  ['default', undefined, 'master', 'master'],
  ['branch', { branch: 'main' }, 'head', 'main'],
  ['branch-slash', { branch: 'feature/x' }, 'feature', 'feature/x'],
  ['tag-light', { tag: 'v1.0.0' }, 'old', 'v1.0.0'],
  ['tag-annotated', { tag: 'v1.1.0' }, 'tagged', 'v1.1.0'],
  ['tag-over-branch', { tag: 'v1.0.0', branch: 'main' }, 'old', 'v1.0.0'],
  ['semver', { semver: '~1.1' }, 'tagged', 'v1.1.0'],
  ['semver-tie', { semver: '1.x' }, 'tagged', '1.2.0+late'],
  ['semver-prerelease', { semver: '>=2.0.0-0' }, 'tagged', 'v2.0.0-rc.1'],
  ['name-branch', { name: 'refs/heads/main', branch: 'master' }, 'head', 'refs/heads/main'],
  ['name-tag', { name: 'refs/tags/v1.1.0' }, 'tagged', 'refs/tags/v1.1.0'],
  ['name-pull', { name: 'refs/pull/1/head' }, 'pull', 'refs/pull/1/head'],
])('resolves %s', async (name, ref, content, revisionName) => {
  await scene.client.create({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace: scene.namespace },
    spec: { interval: '1h', url: repo.url, ...(ref === undefined ? {} : { ref }) },
  })
  const artifact = artifactOf(await scene.untilReady(name))
  expect(artifact.revision).toBe(`${revisionName}@sha1:${ids[content]}`)
  expect(artifact.path).toMatch(new RegExp(`/${ids[content]}\\.tar\\.gz$`))
  expect(await downloadArtifact(artifact)).toEqual({ 'name.txt': content })
})

describe('a commit', () => {
  it('without a branch has a revision without a name', async () => {
    await scene.create('commit', { url: repo.url, ref: { commit: ids['old']! } })
    const artifact = artifactOf(await scene.untilReady('commit', `sha1:${ids['old']}`))
    expect(await downloadArtifact(artifact)).toEqual({ 'name.txt': 'old' })
  })

  it('in a branch is named after it', async () => {
    await scene.create('commit-branch', { url: repo.url, ref: { commit: ids['old']!, branch: 'main' } })
    const artifact = artifactOf(await scene.untilReady('commit-branch', `main@sha1:${ids['old']}`))
    expect(await downloadArtifact(artifact)).toEqual({ 'name.txt': 'old' })
  })

  it('that is there already is not asked for again', async () => {
    await scene.create('commit-pinned', { url: repo.url, ref: { commit: ids['old']! } })
    await scene.untilReady('commit-pinned')
    const before = scene.git.requests.length
    await scene.reconcile('commit-pinned')
    expect(scene.git.requests.length).toBe(before)
  })
})

const refusal = {
  status: 200,
  headers: { 'content-type': 'application/x-git-upload-pack-result' },
  body: '0020ERR upload-pack: not our ref',
}

describe('a server that refuses bare commit ids', () => {
  let strict: Scene
  let app: UpstreamRepository
  const known: string[] = []
  beforeAll(async () => {
    strict = await Scene.open()
    // git itself refuses no reachable commit over HTTP, others do
    let isFirst = false
    strict.git.faults.onRequest = ({ method }) => {
      const isRefused = method === 'POST' && isFirst
      isFirst = method === 'GET'
      return isRefused ? refusal : undefined
    }
    app = await strict.git.create('app')
    for (const n of [1, 2, 3]) known.push(await app.commit({ 'n.txt': String(n) }))
    await app.commit({ 'n.txt': 'other' }, { branch: 'other' })
  })
  afterAll(() => strict[Symbol.asyncDispose]())

  it.each([
    ['named with its branch', { branch: 'main' }],
    ['alone', {}],
  ])('still gives one that is %s', async (title, extra) => {
    const name = `commit-${title.length}`
    await strict.create(name, { url: app.url, ref: { commit: known[1]!, ...extra } })
    const artifact = artifactOf(await strict.untilReady(name))
    expect(await downloadArtifact(artifact)).toEqual({ 'n.txt': '2' })
  })

  it('is not searched beyond the named branch', async () => {
    await strict.create('elsewhere', { url: app.url, ref: { commit: known[1]!, branch: 'other' } })
    const obj = await strict.untilFailed('elsewhere', 'GitOperationFailed')
    expect(conditionsOf(obj)['FetchFailed']).toEqual([
      'True',
      'GitOperationFailed',
      `failed to checkout and determine revision: unable to clone '${app.url}': unable to resolve commit object for '${known[1]}': object not found`,
    ])
  })
})

describe('a reference that is not there', () => {
  it.each<[string, GitRepositoryRef, (url: string) => string]>([
    ['branch', { branch: 'none' }, (url) => `unable to clone '${url}': couldn't find remote ref "refs/heads/none"`],
    ['tag', { tag: 'v9' }, (url) => `unable to clone '${url}': couldn't find remote ref "refs/tags/v9"`],
    ['semver', { semver: '9.x' }, (url) => `unable to clone '${url}': no match found for semver: 9.x`],
    [
      'name',
      { name: 'refs/pull/9/head' },
      (url) => `unable to clone '${url}': unable to resolve ref 'refs/pull/9/head' to a specific commit`,
    ],
  ])('is reported: %s', async (name, ref, message) => {
    await scene.create(`no-${name}`, { url: repo.url, ref })
    const obj = await scene.untilFailed(`no-${name}`, 'GitOperationFailed')
    const text = `failed to checkout and determine revision: ${message(repo.url)}`
    expect(conditionsOf(obj)).toMatchObject({
      Ready: ['False', 'GitOperationFailed', text],
      FetchFailed: ['True', 'GitOperationFailed', text],
      Reconciling: ['True', 'ProgressingWithRetry', 'building artifact'],
    })
    expect(obj.status?.observedGeneration).toBe(-1)
    expect(await scene.untilEvent(`no-${name}`, 'GitOperationFailed')).toMatchObject({ type: 'Warning', message: text })
  })
})

it('an empty repository is reported, and picked up with its first commit', async () => {
  const empty = await scene.git.create('empty')
  await scene.create('empty', { url: empty.url })
  const obj = await scene.untilFailed('empty', 'EmptyGitRepository')
  expect(conditionsOf(obj)['FetchFailed']).toEqual(['True', 'EmptyGitRepository', 'git repository is empty'])
  const first = await empty.commit({ 'a.txt': 'a' })
  await scene.untilReady('empty', `main@sha1:${first}`)
})

it('a branch whose history was replaced is followed; one that was deleted is reported, and its artifact stays', async () => {
  const moved = await scene.git.create('moved', { 'first.txt': '1', 'gone.txt': '1' })
  await scene.create('moved', { url: moved.url })
  await scene.untilReady('moved')
  const other = await moved.commit({ 'other.txt': '2' }, { branch: 'other' })
  await moved.git('update-ref', 'refs/heads/main', other)
  await scene.request('moved', 'replaced')
  const artifact = artifactOf(await scene.untilReady('moved', `main@sha1:${other}`))
  expect(await downloadArtifact(artifact)).toEqual({ 'other.txt': '2' })
  await moved.git('update-ref', '-d', 'refs/heads/main')
  await scene.request('moved', 'deleted')
  const failed = await scene.untilFailed('moved', 'GitOperationFailed')
  expect(conditionsOf(failed)['FetchFailed']?.[2]).toContain('refs/heads/main')
  expect(artifactOf(failed)).toEqual(artifact)
  expect(await downloadArtifact(artifact)).toEqual({ 'other.txt': '2' })
})
