// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { findGit } from '../src/git/git-program.ts'
import {
  commitFiles,
  createRepository,
  type GitServer,
  type GitServerOptions,
  runGit,
  startGitServer,
} from '../src/index.ts'
import { runProgram, type RunResult } from '../src/run.ts'

let root: string
let server: GitServer | undefined

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-git-'))
})

afterEach(async () => {
  await server?.stop()
  server = undefined
  await rm(root, { recursive: true, force: true })
})

async function start(options: Omit<GitServerOptions, 'root'> = {}): Promise<GitServer> {
  server = await startGitServer({ root: join(root, 'repos'), ...options })
  return server
}

async function git(...args: string[]): Promise<RunResult> {
  const program = await findGit(undefined)
  return runProgram(program.path, ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    env: program.env,
  })
}

async function makeRepository(): Promise<{ gitDir: string; commit: string }> {
  const from = join(root, 'files')
  await mkdir(join(from, 'apps'), { recursive: true })
  await writeFile(join(from, 'apps', 'a.yaml'), 'a: 1\n')
  await writeFile(join(from, '.gitignore'), 'ignored\n')
  await writeFile(join(from, 'ignored'), 'still committed\n')
  return createRepository(join(root, 'repos'), 'app.git', { from, message: 'first', date: new Date(0) })
}

describe('clone and push', () => {
  it('serves what a folder held, and later commits', async () => {
    const { gitDir, commit } = await makeRepository()
    const { url } = await start()
    const clone = join(root, 'clone')
    expect(await git('clone', '--quiet', `${url}/app.git`, clone)).toMatchObject({ code: 0 })
    expect(await readFile(join(clone, 'apps', 'a.yaml'), 'utf8')).toBe('a: 1\n')
    expect(await readFile(join(clone, 'ignored'), 'utf8')).toBe('still committed\n')
    const next = await commitFiles(gitDir, {
      'apps/a.yaml': null,
      'apps/"b" ü.yaml': 'b: 2\n',
      run: { content: '#!/bin/sh\n', executable: true },
    })
    expect(await git('-C', clone, 'pull', '--quiet')).toMatchObject({ code: 0 })
    expect(await readFile(join(clone, 'apps', '"b" ü.yaml'), 'utf8')).toBe('b: 2\n')
    expect(await runGit(gitDir, ['log', '--format=%H'])).toBe(`${next}\n${commit}`)
    expect(await runGit(gitDir, ['ls-tree', '--name-only', 'main:apps', '-z'])).toBe('"b" ü.yaml\0')
    expect(await runGit(gitDir, ['ls-tree', 'main', 'run'])).toMatch(/^100755 /)
  })

  it('takes pushes only where allowed', async () => {
    const { gitDir } = await makeRepository()
    const closed = await start()
    const clone = join(root, 'clone')
    await git('clone', '--quiet', `${closed.url}/app.git`, clone)
    await git('-C', clone, 'commit', '--quiet', '--allow-empty', '-m', 'pushed')
    expect(await git('-C', clone, 'push', '--quiet')).toMatchObject({
      code: 128,
      stderr: expect.stringContaining('403'),
    })
    await closed.stop()
    await start({ allowPush: true, port: closed.port })
    expect(await git('-C', clone, 'push', '--quiet')).toMatchObject({ code: 0 })
    expect(await runGit(gitDir, ['log', '-1', '--format=%s', 'main'])).toBe('pushed')
  })

  it('lets any commit be fetched by its id unless told otherwise', async () => {
    const { gitDir, commit } = await makeRepository()
    await commitFiles(gitDir, { a: 'a' })
    await runGit(gitDir, ['update-ref', 'refs/heads/main', 'main~1'])
    const hidden = await runGit(gitDir, ['commit-tree', `${commit}^{tree}`, '-m', 'hidden'], {
      env: { GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't', GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't' },
    })
    const clone = join(root, 'clone')
    await git('init', '--quiet', clone)
    // Protocol 2 allows any id by itself; the setting rules protocol 0, which many clients still speak.
    const fetchFrom = (url: string): Promise<RunResult> =>
      git('-c', 'protocol.version=0', '-C', clone, 'fetch', '--quiet', '--depth=1', `${url}/app.git`, hidden)
    const strict = await start({ allowAnySha1InWant: false })
    expect((await fetchFrom(strict.url)).code).not.toBe(0)
    await strict.stop()
    expect(await fetchFrom((await start()).url)).toMatchObject({ code: 0 })
  })
})

describe('authentication', () => {
  it('wants the right basic credentials', async () => {
    await makeRepository()
    const { port } = await start({ auth: { username: 'me', password: 'p:w' } })
    const list = (userinfo: string): Promise<RunResult> =>
      git('ls-remote', `http://${userinfo}127.0.0.1:${port}/app.git`)
    expect((await list('')).code).not.toBe(0)
    expect((await list('me:wrong@')).code).not.toBe(0)
    expect(await list('me:p%3Aw@')).toMatchObject({ code: 0, stdout: expect.stringContaining('refs/heads/main') })
  })

  it('wants the right bearer token', async () => {
    await makeRepository()
    const { url } = await start({ auth: { bearer: 'token' } })
    const list = (token: string): Promise<RunResult> =>
      git('-c', `http.extraHeader=Authorization: Bearer ${token}`, 'ls-remote', `${url}/app.git`)
    expect((await list('wrong')).code).not.toBe(0)
    expect(await list('token')).toMatchObject({ code: 0 })
  })
})

describe('hooks', () => {
  it('answers in place of Git', async () => {
    await makeRepository()
    const seen: string[] = []
    const { url } = await start({
      hooks: {
        onRequest: ({ method, url: path }) => {
          seen.push(`${method} ${path}`)
          return { status: 503, headers: { 'retry-after': '1' }, body: 'busy' }
        },
      },
    })
    expect(await git('ls-remote', `${url}/app.git`)).toMatchObject({ stderr: expect.stringContaining('503') })
    expect(seen).toEqual(['GET /app.git/info/refs?service=git-upload-pack'])
  })

  it('cuts before the answer and inside of it', async () => {
    await makeRepository()
    const before = await start({ hooks: { onRequest: () => 'cut' } })
    expect(await git('ls-remote', `${before.url}/app.git`)).toMatchObject({ code: 128 })
    await before.stop()
    const inside = await start({
      hooks: {
        onResponseBody: (request, body) =>
          request.method === 'POST'
            ? body.pipe(new Transform({ transform: (_chunk, _encoding, done) => done(new Error('cut')) }))
            : body,
      },
    })
    expect(await git('ls-remote', `${inside.url}/app.git`)).toMatchObject({ code: 128 })
  })

  it('answers 404 for what is not there, and nothing outside of the root', async () => {
    await makeRepository()
    await writeFile(join(root, 'secret'), 'secret')
    const { url } = await start()
    for (const path of ['/none.git/info/refs', '/app.git/%2e%2e/%2e%2e/secret', '/..%2fsecret']) {
      const response = await fetch(`${url}${path}`)
      expect(response.status).toBe(404)
      expect(await response.text()).not.toContain('secret')
    }
  })
})
