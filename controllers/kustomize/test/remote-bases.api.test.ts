// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository, runGit, startGitServer } from '@tidelock/local-cluster'
import type { GitServer } from '@tidelock/local-cluster'
import { configMap, Scene } from './harness.ts'

const kustomization = (fields: object): string =>
  JSON.stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields })

const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com']

let scene: Scene
let root: string
let git: GitServer
let guarded: GitServer
let gitDir: string
let files: Server
/** What the file server has, by path; and the requests that the Git server got. */
const contents = new Map<string, string>()
const requests: string[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'remote-bases-'))
  const repository = await createRepository(root, 'org/bases.git')
  gitDir = repository.gitDir
  await commitFiles(gitDir, base('first'))
  const onRequest = ({ url }: { url?: string | undefined }): undefined => void requests.push(url ?? '')
  git = await startGitServer({ root, hooks: { onRequest } })
  guarded = await startGitServer({ root, auth: { username: 'me', password: 'hunter2-secret' } })
  files = createServer(({ url = '' }, response) => {
    const content = contents.get(url)
    response.statusCode = content === undefined ? 404 : 200
    response.end(content)
  }).listen(0, '127.0.0.1')
  await once(files, 'listening')
  scene = await Scene.open()
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await Promise.all([git.stop(), guarded.stop()])
  files.close()
  await rm(root, { recursive: true, force: true })
})

/** `base/` with a ConfigMap that says who it is. */
function base(at: string): Record<string, string> {
  return {
    'base/kustomization.yaml': kustomization({ resources: ['a.yaml'] }),
    'base/a.yaml': configMap('remote', { at }),
  }
}

function fileUrl(path: string): string {
  return `http://127.0.0.1:${(files.address() as AddressInfo).port}${path}`
}

function overlay(name: string, entry: string): Record<string, string> {
  return { 'kustomization.yaml': kustomization({ namePrefix: `${name}-`, resources: [entry] }) }
}

/** The value in the ConfigMap that the Kustomization made of the remote one. */
async function valueOf(name: string): Promise<string | undefined> {
  const live = await scene.client.get(scene.object('ConfigMap', `${name}-remote`))
  return (live['data'] as Record<string, string>)['at']
}

describe('a remote base', () => {
  it('of a Git repository is fetched, and asked for again at every run', async () => {
    await scene.deploy('branch', overlay('branch', `${git.url}/org/bases.git//base?ref=main`))
    await scene.untilReady('branch')
    const before = await valueOf('branch')
    await commitFiles(gitDir, base('moved'))
    await scene.reconcile('branch')
    expect([before, await valueOf('branch')]).toEqual(['first', 'moved'])
  })

  it('may be the default branch, a tag, or a commit, which is fetched once', async () => {
    const commit = await commitFiles(gitDir, base('tagged'))
    await runGit(gitDir, [...identity, 'tag', '-a', '-m', 'one', 'v1', commit])
    await commitFiles(gitDir, base('newer'))
    for (const [name, query] of [
      ['head', ''],
      ['tag', '?ref=v1'],
      ['commit', `?ref=${commit}`],
    ] as const)
      await scene.deploy(name, overlay(name, `${git.url}/org/bases.git//base${query}`))
    for (const name of ['head', 'tag', 'commit']) await scene.untilReady(name)
    expect(await Promise.all(['head', 'tag', 'commit'].map((name) => valueOf(name)))).toEqual([
      'newer',
      'tagged',
      'tagged',
    ])
    const fetched = requests.filter((url) => url.includes('git-upload-pack')).length
    await scene.reconcile('commit')
    expect(requests.filter((url) => url.includes('git-upload-pack'))).toHaveLength(fetched)
  })

  it('is never taken for unchanged while it is not pinned', async () => {
    await commitFiles(gitDir, base('one'))
    const entry = `${git.url}/org/bases.git//base`
    await scene.deploy('loose', overlay('loose', entry), { interval: '1s' })
    await scene.untilReady('loose')
    await commitFiles(gitDir, base('two'))
    await scene.untilLive(scene.object('ConfigMap', 'loose-remote'), (live) =>
      JSON.stringify(live).includes('"at":"two"'),
    )
    expect(await valueOf('loose')).toBe('two')
  })

  it('may have submodules and bases beside it', async () => {
    const inner = await createRepository(root, 'org/inner.git')
    const sha = await commitFiles(inner.gitDir, { 'a.yaml': configMap('remote', { at: 'inner' }) })
    const outer = await createRepository(root, 'org/outer.git')
    await commitFiles(outer.gitDir, {
      '.gitmodules': '[submodule "inner"]\n\tpath = libs/inner\n\turl = ../inner.git\n',
      'base/kustomization.yaml': kustomization({ resources: ['../shared'] }),
      'shared/kustomization.yaml': kustomization({ resources: ['../libs/inner/a.yaml'] }),
    })
    await addSubmodule(outer.gitDir, 'libs/inner', sha)
    await scene.deploy('modules', overlay('modules', `${git.url}/org/outer.git//base`))
    // a file outside of the directory of its kustomization is refused in a repository, as Kustomize does
    await scene.untilFailed('modules', 'BuildFailed', /is not in or below/)
    await commitFiles(outer.gitDir, {
      'shared/kustomization.yaml': kustomization({ resources: ['../libs'] }),
      'libs/kustomization.yaml': kustomization({ resources: ['inner/a.yaml'] }),
    })
    await scene.reconcile('modules')
    expect(await valueOf('modules')).toBe('inner')
  })

  it('may be a file, as may be a patch', async () => {
    contents.set('/a.yaml', configMap('remote', { at: 'file' }))
    contents.set('/patch.yaml', configMap('remote', { at: 'patched' }))
    const tree = { namePrefix: 'file-', resources: [fileUrl('/a.yaml')], patches: [{ path: fileUrl('/patch.yaml') }] }
    await scene.deploy('file', { 'kustomization.yaml': kustomization(tree) })
    await scene.untilReady('file')
    expect(await valueOf('file')).toBe('patched')
  })

  it('is read with the credentials in its URL, which nobody is told', async () => {
    const url = guarded.url.replace('://', '://me:hunter2-secret@')
    await scene.deploy('login', overlay('login', `${url}/org/bases.git//base?ref=v1`))
    await scene.untilReady('login')
    expect(await valueOf('login')).toBe('tagged')
    const wrong = guarded.url.replace('://', '://me:hunter2-wrong@')
    await scene.deploy('no-login', overlay('no-login', `${wrong}/org/bases.git//base`))
    const failed = await scene.untilFailed('no-login', 'BuildFailed', /org\/bases\.git/)
    await scene.untilEvent('no-login', 'BuildFailed')
    const told = JSON.stringify([failed.status, scene.receiver.of('no-login'), scene.log])
    expect(told).not.toContain('hunter2')
  })
})

describe('a remote base that cannot be had', () => {
  it.each([
    ['repository', () => `${git.url}/org/missing.git//base`, /remote base 'http.*missing\.git\/\/base'/],
    ['reference', () => `${git.url}/org/bases.git//base?ref=nowhere`, /couldn't find remote ref .*nowhere/],
    ['directory', () => `${git.url}/org/bases.git//elsewhere`, /elsewhere/],
    ['file', () => fileUrl('/missing.txt'), /404/],
    [
      'ssh',
      () => 'git@git.example.com:org/repo.git//base',
      /repositories over SSH are not supported: use its https:\/\/ URL/,
    ],
    ['local', () => 'file:///etc', /local repositories are out of reach/],
  ])('fails the build by name: %s', async (what, entry, words) => {
    const name = `gone-${what}`
    await scene.deploy(name, overlay(name, entry()))
    const { status } = await scene.untilFailed(name, 'BuildFailed', words)
    expect(status).not.toHaveProperty('inventory')
  })

  it('is refused with --no-remote-bases, before anybody is asked', async () => {
    await using closed = await Scene.open({ flags: ['--no-remote-bases'] })
    const entry = `${git.url}/org/unasked.git//base?ref=v1`
    await closed.deploy('closed', overlay('closed', entry))
    await closed.untilFailed('closed', 'BuildFailed', /remote resources are not allowed.*org\/unasked\.git/)
    expect(requests.filter((url) => url.includes('unasked'))).toEqual([])
  })
})

/** Adds a submodule's commit to the tip of main. */
async function addSubmodule(gitDirectory: string, path: string, sha: string): Promise<void> {
  const env = { GIT_INDEX_FILE: join(root, 'submodule.index') }
  const run = (...args: string[]): Promise<string> => runGit(gitDirectory, [...identity, ...args], { env })
  await run('read-tree', 'main')
  await run('update-index', '--add', '--cacheinfo', `160000,${sha},${path}`)
  const tree = (await run('write-tree')).trim()
  const commit = (await run('commit-tree', '-p', 'main', '-m', 'submodule', tree)).trim()
  await run('update-ref', 'refs/heads/main', commit)
}
