// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository, runGit, startGitServer } from '@tidelock/local-cluster'
import type { GitServer } from '@tidelock/local-cluster'
import { fetchSubmodules, openRemote } from '../src/index.ts'
import type { SubmoduleOptions } from '../src/index.ts'
import { impatientClock } from './clock.ts'

let directory = ''
let scratch = ''
let server: GitServer
/** Addresses that were asked for. */
const asked: string[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-submodules-'))
  scratch = await mkdtemp(join(tmpdir(), 'tidelock-scratch-'))
  server = await startGitServer({ root: directory })
})
afterEach(async () => {
  asked.length = 0
  const left = (await readdir(scratch, { recursive: true })).filter((name) => !/^submodule-[^/]*$/.test(name))
  for (const name of await readdir(scratch)) await rm(join(scratch, name), { recursive: true })
  if (left.length > 0) throw new Error(`left on disk: ${left.join(', ')}`)
})
afterAll(async () => {
  await server.stop()
  for (const each of [directory, scratch]) await rm(each, { recursive: true, force: true })
})

type Links = Readonly<Record<string, { readonly url: string; readonly commit: string }>>

/** Makes a repository with submodules and answers its commit. */
async function repository(name: string, files: Readonly<Record<string, string>>, links: Links = {}): Promise<string> {
  const { gitDir } = await createRepository(directory, `${name}.git`)
  const described = Object.entries(links).map(
    ([path, { url }]) => `[submodule "${path}"]\npath = ${path}\nurl = ${url}\n`,
  )
  const gitmodules = described.length === 0 ? {} : { '.gitmodules': described.join('') }
  const commit = await commitFiles(gitDir, { ...gitmodules, ...files })
  if (described.length === 0) return commit
  const modes = Object.entries(links).map(([path, link]) => `M 160000 ${link.commit} ${path}`)
  const lines = ['commit refs/heads/main', 'committer T <t@example.com> 1000 +0000', 'data 0', 'from refs/heads/main^0']
  await runGit(gitDir, ['fast-import', '--quiet', '--done'], { input: [...lines, ...modes, 'done', ''].join('\n') })
  return runGit(gitDir, ['rev-parse', 'refs/heads/main'])
}

async function read(name: string, options: Partial<SubmoduleOptions> = {}): Promise<Record<string, string>> {
  const settings = { timeoutMs: 60_000, clock: impatientClock, scratchDir: scratch }
  const url = `${server.url}/${name}.git`
  await using remote = openRemote({ url, ...settings })
  let tree = await remote.fetchTree(await remote.resolve({ branch: 'main' }))
  try {
    const open = (at: string) => {
      asked.push(at.replace(server.url, ''))
      return openRemote({ url: at, ...settings })
    }
    tree = await fetchSubmodules(tree, { url, open, ...settings, ...options })
    const found: Record<string, string> = {}
    for await (const entry of tree.entries()) {
      const isLink = entry.mode === 0o160000
      found[entry.path] = isLink ? 'submodule' : Buffer.from((await entry.content()) as Uint8Array).toString()
    }
    expect(Object.keys(found)).toEqual(
      Object.keys(found).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    return found
  } finally {
    await tree.dispose()
  }
}

describe('submodules', () => {
  it('stand in their places, nested ones too, in the order of paths', async () => {
    const leaf = await repository('leaf', { 'z.txt': 'leaf' })
    const inner = await repository(
      'group/inner',
      { 'a.txt': 'inner' },
      { leaf: { url: '../../leaf.git', commit: leaf } },
    )
    await repository(
      'outer',
      { 'lib-a': '1', 'lib.b': '2', lib0: '3', 'm/n': '4' },
      {
        lib: { url: '../group/inner.git', commit: inner },
        'm/leaf': { url: `${server.url}/leaf.git`, commit: leaf },
      },
    )
    const found = await read('outer')
    delete found['.gitmodules']
    delete found['lib/.gitmodules']
    expect(found).toEqual({
      'lib-a': '1',
      'lib.b': '2',
      'lib/a.txt': 'inner',
      'lib/leaf/z.txt': 'leaf',
      lib0: '3',
      'm/leaf/z.txt': 'leaf',
      'm/n': '4',
    })
    expect(asked).toEqual(['/group/inner.git', '/leaf.git', '/leaf.git'])
  })

  it('are those of the commit, not of the branch, and only the wanted ones', async () => {
    const old = await repository('moving', { 'a.txt': 'old' })
    await commitFiles(join(directory, 'moving.git'), { 'a.txt': 'new' })
    const link = { url: '../moving.git', commit: old }
    await repository('pinned', {}, { one: link, two: link })
    const found = await read('pinned', { isWanted: (path) => path === 'one' })
    expect(found).toMatchObject({ 'one/a.txt': 'old', two: 'submodule' })
    expect(asked).toEqual(['/moving.git'])
  })

  it('that nobody describes stay as they are', async () => {
    const leaf = await repository('lonely', { 'a.txt': '1' })
    await repository(
      'undescribed',
      { '.gitmodules': '[submodule "other"]\npath = other\nurl = ../lonely.git\n' },
      {
        link: { url: '../lonely.git', commit: leaf },
      },
    )
    expect(await read('undescribed')).toMatchObject({ link: 'submodule' })
    expect(asked).toEqual([])
  })
})

describe('a submodule is refused', () => {
  it.each([
    ['a local path', '/etc', "unable to fetch submodule 'x'", 'is not allowed: it is a path on this machine'],
    ['a file', 'file:///etc', "unable to fetch submodule 'x'", 'is not allowed: want http, https or ssh'],
    ['a helper', 'ext::sh', "unable to fetch submodule 'x'", 'is not allowed: addresses of helpers'],
    ['a repository that is not there', '../none.git', "unable to fetch submodule 'x'", 'not found'],
  ])('at %s, by name', async (what, url, message, cause) => {
    const name = `bad-${what.replaceAll(' ', '-')}`
    await repository(name, {}, { x: { url, commit: 'a'.repeat(40) } })
    await expect(read(name)).rejects.toMatchObject({ message, cause: { message: expect.stringContaining(cause) } })
  })

  it('when its commit is not there', async () => {
    await repository('there', { 'a.txt': '1' })
    await repository('bad-commit', {}, { x: { url: '../there.git', commit: 'a'.repeat(40) } })
    await expect(read('bad-commit')).rejects.toMatchObject({ code: 'CommitNotFound' })
  })

  it('when .gitmodules is a link, or too long', async () => {
    const leaf = await repository('leaf-2', { 'a.txt': '1' })
    const link = { x: { url: '../leaf-2.git', commit: leaf } }
    await repository('long', { '.gitmodules': '#'.repeat(1024 * 1024 + 1) }, link)
    await expect(read('long')).rejects.toMatchObject({ code: 'LimitExceeded' })
    await repository('symlink', {}, link)
    const lines = [
      'commit refs/heads/main',
      'committer T <t@example.com> 1000 +0000',
      'data 0',
      'from refs/heads/main^0',
    ]
    const input = [...lines, 'M 120000 inline .gitmodules', 'data 5', 'other', 'done', ''].join('\n')
    await runGit(join(directory, 'symlink.git'), ['fast-import', '--quiet', '--done'], { input })
    await expect(read('symlink')).rejects.toMatchObject({ code: 'InvalidObject' })
  })

  it('when they are nested endlessly, or too many', async () => {
    let commit = await repository('deep-0', { 'a.txt': '1' })
    for (let n = 1; n <= 11; n++)
      commit = await repository(`deep-${n}`, {}, { in: { url: `../deep-${n - 1}.git`, commit } })
    await expect(read('deep-11')).rejects.toThrow(`unable to fetch submodule '${'in/'.repeat(10)}in'`)
    expect(await read('deep-10')).toHaveProperty([`${'in/'.repeat(10)}a.txt`], '1')
    const link = { url: '../leaf-3.git', commit: await repository('leaf-3', { 'a.txt': '1' }) }
    await repository('wide', {}, { a: link, b: link, c: link })
    await expect(read('wide', { maxSubmodules: 2 })).rejects.toMatchObject({ code: 'LimitExceeded' })
    expect(Object.keys(await read('wide', { maxSubmodules: 3 }))).toHaveLength(4)
  })

  it('when all of them together take too long', async () => {
    const leaf = await repository('leaf-4', { 'a.txt': '1' })
    await repository('slow', {}, { x: { url: '../leaf-4.git', commit: leaf } })
    const clock = { setTimeout: (fn: () => void) => (fn(), () => undefined) }
    await expect(read('slow', { clock })).rejects.toMatchObject({ code: 'Timeout' })
  })

  it('when the caller gives up, with what he says', async () => {
    const leaf = await repository('leaf-5', { 'a.txt': '1' })
    await repository('aborted', {}, { x: { url: '../leaf-5.git', commit: leaf } })
    const reason = new Error('enough')
    await expect(read('aborted', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
