// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository, runGit } from '@tidelock/local-cluster'
import {
  eventually,
  makeSshKey,
  type SshGitServer,
  type SshGitServerOptions,
  type SshKeyPair,
  startHttpProxy,
  startSocksProxy,
  startSshGitServer,
} from '@tidelock/testkit'
import {
  type GitError,
  type GitRef,
  type GitRemote,
  type GitRemoteOptions,
  type GitSsh,
  type GitTree,
  openRemote,
  parseIdentity,
} from '../src/index.ts'
import { impatientClock } from './clock.ts'

const keyTypes = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa']
const keys = new Map<string, SshKeyPair>(keyTypes.map((type) => [type, makeSshKey(type)]))
const [user, host] = [makeSshKey(), makeSshKey()]

let root = ''
let scratch = ''
const commits: Record<string, string> = {}
const stack: AsyncDisposable[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'git-ssh-'))
  scratch = await mkdtemp(join(tmpdir(), 'git-ssh-scratch-'))
  const { gitDir } = await createRepository(root, "it's!.git")
  await createRepository(root, 'empty.git')
  commits['first'] = await commitFiles(gitDir, { 'a.txt': 'one' }, { message: 'first' })
  commits['middle'] = await commitFiles(gitDir, { 'm.txt': 'middle' }, { message: 'middle' })
  commits['main'] = await commitFiles(gitDir, { 'b/c.txt': 'two', 'm.txt': null }, { message: 'second' })
  for (const [tag, at] of [
    ['1.0.0+a', 'first'],
    ['1.0.0+b', 'main'],
  ] as const) {
    await runGit(gitDir, ['tag', tag, commits[at] ?? ''])
  }
})

afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
  await rm(scratch, { recursive: true, force: true })
})

async function serve(options: Partial<SshGitServerOptions> = {}): Promise<SshGitServer> {
  const server = await startSshGitServer({
    root,
    hostKeys: [host.private],
    authorizedKeys: [user.public],
    ...options,
  })
  stack.push(server)
  return server
}

const knownAs = ({ port }: { port: number }, key: SshKeyPair = host): string => `[127.0.0.1]:${port} ${key.public}\n`

function ssh(server: { port: number }, options: Partial<GitSsh> = {}): GitSsh {
  return { identity: parseIdentity(user.private), knownHosts: knownAs(server), ...options }
}

function remote(server: SshGitServer, options: Partial<GitRemoteOptions> = {}): GitRemote {
  const url = `${server.url}/it's!.git`
  const opened = openRemote({
    url,
    ssh: ssh(server),
    timeoutMs: 120_000,
    clock: impatientClock,
    scratchDir: scratch,
    ...options,
  })
  stack.push(opened)
  return opened
}

async function files(from: GitRemote, ref: GitRef = { branch: 'main' }): Promise<Record<string, string>> {
  const tree: GitTree = await from.fetchTree(await from.resolve(ref))
  stack.push(tree)
  const found: Record<string, string> = {}
  for await (const entry of tree.entries())
    found[entry.path] = Buffer.from((await entry.content()) as Uint8Array).toString()
  return found
}

async function failure(act: Promise<unknown>): Promise<GitError> {
  return act.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error as GitError,
  )
}

const content = { 'a.txt': 'one', 'b/c.txt': 'two' }

describe.each([
  ['protocol 2', {}],
  ['protocol 0, as the server takes no variables', { refusesEnv: true }],
])('over SSH with %s', (_name, options) => {
  it('resolves and fetches over one connection and one command', async () => {
    const server = await serve(options)
    expect(await files(remote(server))).toEqual(content)
    expect(server.users).toEqual(['git'])
    expect(server.commands).toEqual([String.raw`git-upload-pack '/it'\''s'\!'.git'`])
  })

  it('fetches a bare commit and compares the commits of equal versions', async () => {
    const server = await serve(options)
    expect(await files(remote(server), { commit: commits['first'] ?? '' })).toEqual({ 'a.txt': 'one' })
    expect(await files(remote(server), { semver: '1.x' })).toEqual(content)
  })

  it('tells an empty repository, an absent branch and an absent repository apart', async () => {
    const server = await serve(options)
    const at = (path: string) => remote(server, { url: `${server.url}/${path}` }).resolve({ branch: 'nope' })
    await expect(at('empty.git')).rejects.toMatchObject({ code: 'EmptyRepository' })
    await expect(at("it's!.git")).rejects.toMatchObject({ code: 'ReferenceNotFound' })
    await expect(at('absent.git')).rejects.toMatchObject({
      code: 'RepositoryNotFound',
      message: expect.stringMatching(
        /^unable to clone: repository not found: fatal: '.*absent\.git' does not appear to be a git repository/,
      ),
    })
  })

  it('ends the connection when it is closed', async () => {
    const server = await serve(options)
    const from = remote(server)
    await from.resolve({ branch: 'main' })
    expect(server.connections()).toBe(1)
    await from.close()
    // the server sees the end a moment later
    await eventually(() => expect(server.connections()).toBe(0))
  })
})

it('sends the whole history where the server refuses a bare commit', async () => {
  // git's own rule for version 0: only what is advertised may be asked for
  const server = await serve({ refusesEnv: true })
  const tree = await files(remote(server), { commit: commits['middle'] ?? '', branch: 'main' })
  expect(tree).toEqual({ 'a.txt': 'one', 'm.txt': 'middle' })
  expect(server.commands.length).toBeGreaterThan(1)
  await expect(files(remote(server), { commit: 'dead'.repeat(10) })).rejects.toMatchObject({ code: 'CommitNotFound' })
})

describe('log-in', () => {
  it.each(keyTypes)('works with a key of type %s, for the user that the URL names', async (type) => {
    const key = keys.get(type)!
    const server = await serve({ authorizedKeys: [key.public] })
    const url = `${server.url.replace('git@', 'dep%20loy@')}/it's!.git`
    expect(await files(remote(server, { url, ssh: ssh(server, { identity: parseIdentity(key.private) }) }))).toEqual(
      content,
    )
    expect(server.users).toEqual(['dep loy'])
  })

  it("that is refused names the key, in ssh's words", async () => {
    const server = await serve({ banner: 'authorised users only' })
    const identity = parseIdentity(makeSshKey().private)
    const error = await failure(remote(server, { ssh: ssh(server, { identity }) }).resolve({ branch: 'main' }))
    expect(error.code).toBe('AuthenticationFailed')
    expect(error.message).toBe(
      `unable to clone '${server.url.replace('git@', '*****@')}/it's!.git': ssh: git@127.0.0.1: Permission denied (publickey): the server does not accept the key ${identity.name}`,
    )
  })
})

describe("the host's key", () => {
  const hashed = (port: number): string => {
    const salt = createHash('sha1').update('salt').digest()
    const name = createHmac('sha1', salt).update(`[127.0.0.1]:${port}`).digest('base64')
    return `|1|${salt.toString('base64')}|${name} ${host.public}`
  }

  it.each(keyTypes)('of type %s is checked', async (type) => {
    const key = keys.get(type)!
    const server = await serve({ hostKeys: [key.private] })
    expect(await files(remote(server, { ssh: ssh(server, { knownHosts: knownAs(server, key) }) }))).toEqual(content)
  })

  it('is the one that known_hosts has, of those that the host has', async () => {
    const rsa = keys.get('ssh-rsa')!
    const server = await serve({ hostKeys: [host.private, rsa.private] })
    expect(await files(remote(server, { ssh: ssh(server, { knownHosts: knownAs(server, rsa) }) }))).toEqual(content)
  })

  it('may be known by a hashed name, a pattern, and beside others', async () => {
    const server = await serve()
    for (const knownHosts of [
      hashed(server.port),
      `# comment\n\n${knownAs(server, makeSshKey())}${knownAs(server)}`,
      `github.com,[127.0.0.?]:* ${host.public} comment`,
    ]) {
      expect(await files(remote(server, { ssh: ssh(server, { knownHosts }) }))).toEqual(content)
    }
  })

  it.each<[string, (port: number) => string, RegExp]>([
    [
      'changed',
      (port) => knownAs({ port }, makeSshKey()),
      /the key of \[127\.0\.0\.1\]:\d+ has changed: it shows ssh-ed25519 SHA256:[\w+/]{43}, known_hosts has SHA256:[\w+/]{43} \(line 1\); .*'ssh-keyscan -p \d+ 127\.0\.0\.1'/,
    ],
    [
      'unknown',
      () => `github.com ${host.public}`,
      /known_hosts has no key of \[127\.0\.0\.1\]:\d+: it shows ssh-ed25519 SHA256:/,
    ],
    ['known for another port', () => `127.0.0.1 ${host.public}`, /known_hosts has no key of \[127/],
    ['excepted', (port) => `*,![127.0.0.1]:${port} ${host.public}`, /known_hosts has no key of/],
    ['revoked', (port) => `${knownAs({ port })}@revoked * ${host.public}`, /is revoked by line 2 of known_hosts/],
    [
      'only signed by an authority',
      (port) => `@cert-authority [127.0.0.1]:${port} ${host.public}`,
      /through @cert-authority alone, and host certificates are not supported/,
    ],
    ['not there at all', () => '', /known_hosts has no key of/],
  ])('that is %s is refused, with the fingerprint and the cure', async (_what, knownHosts, words) => {
    const server = await serve()
    const error = await failure(
      remote(server, { ssh: ssh(server, { knownHosts: knownHosts(server.port) }) }).resolve({ branch: 'main' }),
    )
    expect(error.code).toBe('HostKeyRejected')
    expect(error.message).toMatch(words)
    expect(error.message).toContain('ssh: host key verification failed: ')
    expect(server.users).toEqual([])
  })

  it('of a type that known_hosts lacks is told before log-in', async () => {
    const server = await serve()
    const knownHosts = knownAs(server, keys.get('ssh-rsa'))
    const error = await failure(remote(server, { ssh: ssh(server, { knownHosts }) }).resolve({ branch: 'main' }))
    expect(error.message).toContain(
      'ssh: no common host key algorithm: the server has none of rsa-sha2-512, rsa-sha2-256, ssh-rsa',
    )
    const chosen = { knownHosts, hostKeyAlgorithms: ['ssh-ed25519'] }
    const other = await failure(remote(server, { ssh: ssh(server, chosen) }).resolve({ branch: 'main' }))
    expect(other.message).toContain('known_hosts has only ssh-rsa keys of [127.0.0.1]')
  })

  it('that changes between two fetches ends the second', async () => {
    const first = await serve()
    const settings = ssh(first)
    expect(await files(remote(first, { ssh: settings }))).toEqual(content)
    const { port } = first
    await first[Symbol.asyncDispose]()
    const second = await serve({ hostKeys: [makeSshKey().private] })
    const knownHosts = settings.knownHosts.replace(String(port), String(second.port))
    await expect(remote(second, { ssh: { ...settings, knownHosts } }).resolve({})).rejects.toMatchObject({
      code: 'HostKeyRejected',
    })
  })
})

describe('algorithms', () => {
  it('are chosen by name, weak ones too, and those that cannot be had are left out', async () => {
    const server = await serve({ algorithms: { kex: ['diffie-hellman-group14-sha1'] } })
    const refused = await failure(remote(server).resolve({ branch: 'main' }))
    expect(refused).toMatchObject({
      code: 'ProtocolError',
      message: expect.stringContaining(
        'ssh: no common key exchange algorithm: the server has none of curve25519-sha256,',
      ),
    })
    const kexAlgorithms = ['mlkem768x25519-sha256', 'diffie-hellman-group14-sha1']
    expect(await files(remote(server, { ssh: ssh(server, { kexAlgorithms }) }))).toEqual(content)
    const none = remote(server, { ssh: ssh(server, { kexAlgorithms: ['mlkem768x25519-sha256'] }) })
    await expect(none.resolve({})).rejects.toMatchObject({ code: 'InvalidAlgorithms' })
  })

  it('never compress', async () => {
    const server = await serve({ algorithms: { compress: ['zlib'] } })
    await expect(remote(server).resolve({})).rejects.toMatchObject({ code: 'ProtocolError' })
  })
})

describe('through a proxy', () => {
  it.each([
    ['SOCKS5', startSocksProxy],
    ['HTTP', startHttpProxy],
  ] as const)('by %s', async (_name, start) => {
    const auth = { username: 'u', password: 's3cret-word' }
    const server = await serve()
    const proxy = await start({ auth })
    stack.push(proxy)
    expect(await files(remote(server, { proxy: { url: proxy.url, ...auth } }))).toEqual(content)
    expect(
      await files(
        remote(server, { proxy: (url) => (url.protocol === 'ssh:' ? { url: proxy.url, ...auth } : undefined) }),
      ),
    ).toEqual(content)
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${server.port}`, `CONNECT 127.0.0.1:${server.port}`])
    const error = await failure(
      remote(server, { proxy: { url: proxy.url, username: 'u', password: 'hunter2hunter2' } }).resolve({}),
    )
    expect(error).toMatchObject({ code: 'Unreachable', message: expect.stringContaining(`proxy ${proxy.url}`) })
    expect(`${error.message}${String(error.cause)}`).not.toContain('hunter2')
  })
})

describe('what the server says', () => {
  it.each<[string, string, string]>([
    ['ERROR: Repository not found.', 'RepositoryNotFound', 'repository not found: ERROR: Repository not found.'],
    ['remote: ERROR: The project you were looking for could not be found.', 'RepositoryNotFound', 'could not be found'],
    ['conq: access denied.', 'AuthenticationFailed', 'the server said: conq: access denied.'],
    ['fatal: disk on fire\u001b[31m', 'ProtocolError', 'the server said: fatal: disk on fire [31m'],
  ])('on its error output becomes the error: %s', async (words, code, message) => {
    const server = await serve({
      onCommand: (_command, channel) => {
        channel.stderr.write(`${words}\n`)
        channel.exit(1)
        channel.end()
        return true
      },
    })
    const error = await failure(remote(server).resolve({ branch: 'main' }))
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('before the protocol is not taken for it', async () => {
    const server = await serve({ onCommand: (_command, channel) => (channel.end('Welcome to the shell!\n'), true) })
    await expect(remote(server).resolve({})).rejects.toMatchObject({
      code: 'ProtocolError',
      message: expect.stringContaining(`invalid packet length "Welc": the server does not speak Git's protocol`),
    })
  })
})

describe('the URL', () => {
  it.each([
    ['ssh://git@host/%zz', /percent sign/],
    ['ssh://git@host', /names no repository/],
    ['ssh://git@host/a%0ab', /control characters/],
    ['git@host:a', /want http:\/\/, https:\/\/ or ssh:/],
  ])('%s is refused', (url, message) => {
    const act = (): GitRemote =>
      openRemote({ url, ssh: ssh({ port: 22 }), timeoutMs: 1, clock: impatientClock, scratchDir: scratch })
    expect(act).toThrow(message)
    expect(act).toThrow(expect.objectContaining({ code: 'InvalidUrl' }))
  })

  it('to which nobody answers names host and port', async () => {
    const server = await serve()
    await server[Symbol.asyncDispose]()
    await expect(remote(server).resolve({})).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringContaining(`ssh: connect to host 127.0.0.1 port ${server.port}: connect ECONNREFUSED`),
    })
  })
})
