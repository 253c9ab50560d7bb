// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import {
  commitFiles,
  createRepository,
  type GitServer,
  type GitServerOptions,
  runGit,
  startGitServer,
} from '@tidelock/local-cluster'
import {
  type GitRef,
  type GitRemote,
  type GitRemoteOptions,
  type GitTree,
  openRemote,
  type ResolvedRef,
} from '../src/index.ts'
import { encodePacket } from '../src/pkt-line.ts'
import { impatientClock } from './clock.ts'

const pem = (name: string): string => readFileSync(new URL(`../../http/testdata/tls/${name}`, import.meta.url), 'utf8')

let root: string
let scratch: string
let server: GitServer
/** Ids of the sample repository's commits, by what they are. */
const commits = { first: '', middle: '', main: '', links: '', old: '', new: '' }
const open: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-git-'))
  scratch = join(root, 'scratch')
  await mkdir(scratch)
  await makeSample()
  await createRepository(root, 'empty.git')
  server = await startGitServer({ root })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
  const left = await readdir(scratch)
  await Promise.all(left.map((name) => rm(join(scratch, name), { recursive: true })))
  if (left.length > 0) throw new Error(`left on disk: ${left.join(', ')}`)
})
afterAll(async () => {
  await server.stop()
  await rm(root, { recursive: true, force: true })
})

async function makeSample(): Promise<void> {
  const { gitDir } = await createRepository(root, 'sample.git')
  const at = (seconds: number): Date => new Date(seconds * 1000)
  const git = (...args: string[]): Promise<string> => runGit(gitDir, args)
  commits.first = await commitFiles(gitDir, { 'README.md': 'hello\n' }, { date: at(1_700_000_000) })
  commits.middle = await commitFiles(gitDir, { middle: 'only here' }, { date: at(1_700_000_050) })
  commits.main = await commitFiles(
    gitDir,
    {
      'apps/web/deployment.yaml': 'kind: Deployment\n',
      'apps/web.yaml': 'kind: List\n',
      'apps/run.sh': { content: '#!/bin/sh\n', executable: true },
      'apps/ünï.txt': 'name\n',
      empty: '',
      middle: null,
    },
    { message: 'second', author: { name: 'Ada', email: 'ada@example.com' }, date: at(1_700_000_100) },
  )
  // a symlink and a submodule cannot be made by commitFiles
  await runGit(gitDir, ['fast-import', '--quiet', '--done'], {
    input: `commit refs/heads/links
committer T <t@example.com> 1700000200 +0000
data 5
links
from ${commits.main}
M 120000 inline link
data 9
README.md
M 160000 ${'12'.repeat(20)} modules/x
done
`,
  })
  commits.links = await git('rev-parse', 'refs/heads/links')
  for (const [branch, seconds] of [
    ['old', 1_700_000_300],
    ['new', 1_700_000_400],
  ] as const) {
    commits[branch] = await commitFiles(gitDir, { 'a.txt': branch }, { branch, date: at(seconds) })
  }
  const identity = {
    GIT_COMMITTER_NAME: 'T',
    GIT_COMMITTER_EMAIL: 't@example.com',
    GIT_COMMITTER_DATE: '@1700000500 +0000',
  }
  const tag = (name: string, target: string, ...options: string[]): Promise<string> =>
    runGit(gitDir, ['tag', ...options, name, target], { env: identity })
  await tag('v1.0.0', commits.first)
  await tag('v1.1.0', commits.main, '-a', '-m', 'annotated')
  await tag('nested', 'v1.1.0', '-a', '-m', 'a tag of a tag')
  await tag('v2.0.0-rc.1', commits.main)
  await tag('not-a-version', commits.main)
  // the same version twice: the newer commit has the tag that sorts first
  await tag('3.0.0+a', commits.new, '-a', '-m', 'newer')
  await tag('3.0.0+b', commits.old)
  await tag('4.0.0+x', commits.main)
  await tag('4.0.0+y', commits.main)
  await tag('tree', `${commits.main}^{tree}`)
  await git('update-ref', 'refs/pull/7/head', commits.new)
  await git('update-ref', 'refs/heads/main-two', commits.first)
}

async function start(options: Partial<GitServerOptions>): Promise<GitServer> {
  const started = await startGitServer({ root, ...options })
  open.push({ close: () => started.stop() })
  return started
}

function remote(url: string = `${server.url}/sample.git`, options: Partial<GitRemoteOptions> = {}): GitRemote {
  const opened = openRemote({ url, timeoutMs: 120_000, clock: impatientClock, scratchDir: scratch, ...options })
  open.push(opened)
  return opened
}

async function fetch(from: GitRemote, ref: GitRef): Promise<{ resolved: ResolvedRef; tree: GitTree }> {
  const resolved = await from.resolve(ref)
  const tree = await from.fetchTree(resolved)
  open.push({ close: () => tree.dispose() })
  return { resolved, tree }
}

async function files(tree: GitTree): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const entry of tree.entries()) {
    const content = await entry.content()
    const bytes = content instanceof Uint8Array ? Buffer.from(content) : Buffer.concat(await Array.fromAsync(content))
    expect(bytes.length).toBe(entry.size)
    found[entry.path] = `${entry.mode.toString(8)} ${bytes.toString()}`
  }
  return found
}

// the server answers in the version that the client asks for: without its header, in the oldest
const oldServer = {
  hooks: { onRequest: ({ headers }: { headers: Record<string, unknown> }) => void delete headers['git-protocol'] },
}

const mainFiles = {
  'README.md': '100644 hello\n',
  'apps/run.sh': '100755 #!/bin/sh\n',
  'apps/web.yaml': '100644 kind: List\n',
  'apps/web/deployment.yaml': '100644 kind: Deployment\n',
  'apps/ünï.txt': '100644 name\n',
  empty: '100644 ',
}

describe.each([
  ['protocol 2', {}],
  ['protocol 0', oldServer],
])('%s', (_name, options) => {
  const connect = async (): Promise<GitRemote> => remote(`${(await start(options)).url}/sample.git`)

  it.each<[GitRef, string, keyof typeof commits, string | undefined]>([
    [{ branch: 'main' }, 'main', 'main', 'refs/heads/main'],
    [{ branch: 'main-two' }, 'main-two', 'first', 'refs/heads/main-two'],
    [{ tag: 'v1.0.0' }, 'v1.0.0', 'first', 'refs/tags/v1.0.0'],
    [{ tag: 'v1.1.0' }, 'v1.1.0', 'main', 'refs/tags/v1.1.0'],
    [{ tag: 'nested' }, 'nested', 'main', 'refs/tags/nested'],
    [{ name: 'refs/pull/7/head' }, 'refs/pull/7/head', 'new', 'refs/pull/7/head'],
    [{ name: 'refs/heads/main' }, 'refs/heads/main', 'main', 'refs/heads/main'],
    [{ name: 'refs/tags/v1.1.0' }, 'refs/tags/v1.1.0', 'main', 'refs/tags/v1.1.0'],
    [{ name: 'refs/tags/v1.1.0^{}' }, 'refs/tags/v1.1.0^{}', 'main', 'refs/tags/v1.1.0'],
    [{ semver: '1.x' }, 'v1.1.0', 'main', 'refs/tags/v1.1.0'],
    [{ semver: '<1.1' }, 'v1.0.0', 'first', 'refs/tags/v1.0.0'],
    [{ semver: '>=2.0.0-0 <2.0.0' }, 'v2.0.0-rc.1', 'main', 'refs/tags/v2.0.0-rc.1'],
    [{ semver: '3.0.x' }, '3.0.0+a', 'new', 'refs/tags/3.0.0+a'],
    [{ semver: '>=1.0' }, '4.0.0+y', 'main', 'refs/tags/4.0.0+y'],
  ])('resolves and fetches %j', async (ref, short, commit, refName) => {
    const { resolved, tree } = await fetch(await connect(), ref)
    expect(resolved).toMatchObject({
      commit: commits[commit],
      revision: `${short}@sha1:${commits[commit]}`,
      refName,
      pinned: false,
    })
    expect(tree.commit.sha).toBe(commits[commit])
    expect(Object.keys(await files(tree)).length).toBeGreaterThan(0)
  })

  it('hands out files with mode and content, sorted, and the commit', async () => {
    const { tree } = await fetch(await connect(), { branch: 'main' })
    expect(await files(tree)).toEqual(mainFiles)
    expect(Object.keys(await files(tree))).toEqual(Object.keys(mainFiles))
    expect(tree.commit).toMatchObject({
      message: 'second\n',
      author: { name: 'Ada', email: 'ada@example.com', timeMs: 1_700_000_100_000 },
      parents: [commits.middle],
    })
  })

  it('fetches a bare commit, old ones too', async () => {
    const from = await connect()
    const { resolved, tree } = await fetch(from, { commit: commits.first })
    expect(resolved).toEqual({ commit: commits.first, revision: `sha1:${commits.first}`, pinned: true })
    expect(await files(tree)).toEqual({ 'README.md': '100644 hello\n' })
    const onBranch = await fetch(from, { commit: commits.first, branch: 'main' })
    expect(onBranch.resolved.revision).toBe(`main@sha1:${commits.first}`)
  })

  it('says what is not there', async () => {
    const from = await connect()
    const url = expect.stringMatching(/^unable to clone 'http:\/\/127\.0\.0\.1:\d+\/sample\.git': /)
    const missing = async (ref: GitRef, code: string, text: string): Promise<void> => {
      const act = from.resolve(ref)
      await expect(act).rejects.toMatchObject({ code, message: url })
      await expect(act).rejects.toThrow(text)
    }
    await missing({ branch: 'nope' }, 'ReferenceNotFound', `couldn't find remote ref "refs/heads/nope"`)
    await missing({ branch: 'mai' }, 'ReferenceNotFound', `couldn't find remote ref "refs/heads/mai"`)
    await missing({}, 'ReferenceNotFound', `couldn't find remote ref "refs/heads/master"`)
    await missing({ tag: 'v9' }, 'ReferenceNotFound', `couldn't find remote ref "refs/tags/v9"`)
    await missing(
      { name: 'refs/pull/8/head' },
      'ReferenceNotFound',
      "unable to resolve ref 'refs/pull/8/head' to a specific commit",
    )
    await missing({ semver: '>9' }, 'NoMatchingVersion', 'no match found for semver: >9')
  })

  it('tells an empty repository apart', async () => {
    const from = remote(`${(await start(options)).url}/empty.git`)
    for (const ref of [{ branch: 'main' }, { semver: '*' }, { name: 'refs/heads/x' }]) {
      await expect(from.resolve(ref)).rejects.toMatchObject({
        code: 'EmptyRepository',
        message: expect.stringContaining('git repository is empty'),
      })
    }
  })

  it('says when a commit is nowhere', async () => {
    const from = await connect()
    const gone = 'dead'.repeat(10)
    for (const ref of [{ commit: gone }, { commit: gone, branch: 'main' }, { commit: gone, branch: 'nope' }]) {
      await expect(from.fetchTree(await from.resolve(ref))).rejects.toMatchObject({
        code: 'CommitNotFound',
        message: expect.stringContaining(`unable to resolve commit object for '${gone}': object not found`),
      })
    }
  })

  it('refuses a reference to something else than a commit', async () => {
    const from = await connect()
    await expect(from.fetchTree(await from.resolve({ tag: 'tree' }))).rejects.toMatchObject({
      code: expect.stringMatching(/InvalidObject|ProtocolError/),
    })
  })
})

describe.each([
  ['protocol 2', false],
  ['protocol 0', true],
])('a server that refuses bare commits in %s', (_name, old) => {
  // over HTTP git itself lets every reachable commit pass, so its words are put in front of it
  const refusing = async (): Promise<string> => {
    let fetches = 0
    const onRequest = ({ method, headers }: { method: string; headers: Record<string, unknown> }) => {
      if (old) delete headers['git-protocol']
      if (method !== 'POST' || fetches++ > 0) return undefined
      const body = encodePacket(`ERR upload-pack: not our ref ${commits.middle}`).toString()
      return { status: 200, headers: { 'content-type': 'application/x-git-upload-pack-result' }, body }
    }
    return `${(await start({ hooks: { onRequest } })).url}/sample.git`
  }

  it.each<GitRef>([{}, { branch: 'main' }, { name: 'refs/heads/links' }])(
    'sends the whole history instead: %j',
    async (ref) => {
      const { tree } = await fetch(remote(await refusing()), { ...ref, commit: commits.middle })
      expect(await files(tree)).toEqual({ 'README.md': '100644 hello\n', middle: '100644 only here' })
    },
  )
  it.each<GitRef>([{ branch: 'old' }, { branch: 'nope' }])(
    'does not have the commit in another branch: %j',
    async (ref) => {
      const from = remote(await refusing())
      const resolved = await from.resolve({ ...ref, commit: commits.middle })
      await expect(from.fetchTree(resolved)).rejects.toMatchObject({ code: 'CommitNotFound' })
    },
  )
})

describe('a tree', () => {
  it('reports symlinks and submodules by their mode', async () => {
    const { tree } = await fetch(remote(), { branch: 'links' })
    const seen = await Array.fromAsync(tree.entries())
    const kinds = Object.fromEntries(
      seen.map(({ path, mode, size, sha }) => [path, { mode: mode.toString(8), size, sha }]),
    )
    expect(kinds['link']).toMatchObject({ mode: '120000', size: 9 })
    expect(kinds['modules/x']).toEqual({ mode: '160000', size: 0, sha: '12'.repeat(20) })
    expect((await files(tree))['link']).toBe('120000 README.md')
  })
  it('streams large files and hands out small ones whole', async () => {
    const large = Buffer.alloc(3_000_000, 'large file\n')
    const { gitDir } = await createRepository(root, 'large.git')
    await commitFiles(gitDir, { 'a.bin': large, 'b.txt': 'small' })
    const { tree } = await fetch(remote(`${server.url}/large.git`), { branch: 'main' })
    const [a, b] = await Array.fromAsync(tree.entries())
    const content = await a!.content()
    expect(content).not.toBeInstanceOf(Uint8Array)
    const hash = createHash('sha1')
    for await (const piece of content as AsyncIterable<Uint8Array>) hash.update(piece)
    expect(hash.digest('hex')).toBe(createHash('sha1').update(large).digest('hex'))
    expect(Buffer.from((await b!.content()) as Uint8Array).toString()).toBe('small')
  })
  it('stops when the signal aborts', async () => {
    const { tree } = await fetch(remote(), { branch: 'main' })
    const controller = new AbortController()
    const act = (async () => {
      for await (const { path } of tree.entries({ signal: controller.signal }))
        controller.abort(new Error(`at ${path}`))
    })()
    await expect(act).rejects.toThrow('at README.md')
  })
})

describe('authentication', () => {
  const basic = { username: 'git', password: 'pa:ss wörd' }

  it('is basic, from options or the URL', async () => {
    const { url } = await start({ auth: basic })
    expect((await remote(`${url}/sample.git`, { auth: { basic } }).resolve({ branch: 'main' })).commit).toBe(
      commits.main,
    )
    const inUrl = `${url.replace('//', `//git:${encodeURIComponent(basic.password)}@`)}/sample.git`
    const { tree } = await fetch(remote(inUrl), { branch: 'main' })
    expect(await files(tree)).toEqual(mainFiles)
  })
  it('is a bearer token', async () => {
    const { url } = await start({ auth: { bearer: 'tok3n' } })
    const { tree } = await fetch(remote(`${url}/sample.git`, { auth: { bearer: 'tok3n' } }), { branch: 'main' })
    expect(await files(tree)).toEqual(mainFiles)
  })
  it('fails in words that users of Git know, without the credentials', async () => {
    const { url } = await start({ auth: basic })
    const wrong = remote(`${url.replace('//', '//git:s3cret@')}/sample.git`)
    await expect(wrong.resolve({ branch: 'main' })).rejects.toMatchObject({
      code: 'AuthenticationFailed',
      message: `unable to clone '${url.replace('//', '//*****@')}/sample.git': authentication required`,
    })
    await expect(remote(`${url}/sample.git`).resolve({ branch: 'main' })).rejects.toMatchObject({
      code: 'AuthenticationFailed',
    })
  })
})

describe('TLS', () => {
  const tls = { cert: pem('server.crt'), key: pem('server.key') }

  it('trusts a given CA only', async () => {
    const { url } = await start({ tls })
    const { tree } = await fetch(remote(`${url}/sample.git`, { tls: { ca: pem('ca.crt') } }), { branch: 'main' })
    expect(await files(tree)).toEqual(mainFiles)
    await expect(remote(`${url}/sample.git`).resolve({ branch: 'main' })).rejects.toMatchObject({ code: 'TlsFailed' })
  })
  it('shows a client certificate', async () => {
    const { url } = await start({ tls: { ...tls, clientCa: pem('ca.crt') } })
    const pair = { cert: pem('client.crt'), key: pem('client.key') }
    const known = remote(`${url}/sample.git`, { tls: { ca: pem('ca.crt'), ...pair } })
    expect((await known.resolve({ branch: 'main' })).commit).toBe(commits.main)
    const unknown = remote(`${url}/sample.git`, { tls: { ca: pem('ca.crt') } })
    await expect(unknown.resolve({ branch: 'main' })).rejects.toMatchObject({
      code: expect.stringMatching(/TlsFailed|Unreachable/),
    })
  })
  it('refuses unusable material at once', () => {
    expect(() => remote('https://127.0.0.1/x', { tls: { cert: 'x', key: 'y' } })).toThrow(
      expect.objectContaining({ code: 'TlsFailed' }),
    )
  })
})

describe('a URL', () => {
  it('may end with slashes', async () => {
    expect((await remote(`${server.url}/sample.git//`).resolve({ branch: 'main' })).commit).toBe(commits.main)
  })
  it('that leads nowhere is a repository not found', async () => {
    const url = `${server.url}/nope.git`
    await expect(remote(url).resolve({ branch: 'main' })).rejects.toMatchObject({
      code: 'RepositoryNotFound',
      message: `unable to clone: repository not found: git repository: '${url}'`,
    })
  })
  it.each(['git@host:x', 'file:///etc', ''])('%j is refused', (url) => {
    expect(() => remote(url)).toThrow(expect.objectContaining({ code: 'InvalidUrl' }))
  })
})
