// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GitServerOptions } from '@tidelock/local-cluster'
import { downloadArtifact } from './artifact-content.ts'
import type { UpstreamRepository } from './git-upstream.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

const tls = (file: string): string =>
  readFileSync(new URL(`../../../libs/http/testdata/tls/${file}`, import.meta.url), 'utf8')
const [ca, cert, key] = [tls('ca.crt'), tls('server.crt'), tls('server.key')]
const [clientCert, clientKey] = [tls('client.crt'), tls('client.key')]
const password = 'c0rrect-h0rse'
const token = 'ghp_0123456789abcdef'

const toJson = (value: unknown): string => JSON.stringify(value)

type SecretData = Readonly<Record<string, string>>

/** A server for all tests of a `describe`. */
function useServer(git: Partial<GitServerOptions>): Server {
  const server = new Server()
  beforeAll(() => server.start(git))
  afterAll(() => server.scene[Symbol.asyncDispose]())
  return server
}

/** A Git server with one repository, and objects that reach it with Secrets. */
class Server {
  scene!: Scene
  repo!: UpstreamRepository

  async start(git: Partial<GitServerOptions>): Promise<void> {
    this.scene = await Scene.open({ git })
    this.repo = await this.scene.git.create('app', { 'a.txt': 'a' })
  }

  /** Creates an object with a Secret of the same name. */
  async create(name: string, stringData: SecretData, url: string = this.repo.url): Promise<void> {
    const { namespace, client } = this.scene
    await client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData })
    await this.scene.create(name, { url, secretRef: { name } })
  }

  /** The files of the object's artifact. */
  async files(name: string): Promise<Record<string, string>> {
    const files = await downloadArtifact(artifactOf(await this.scene.untilReady(name)))
    await this.#refuseLeaks(name)
    return files
  }

  /** Waits for the failure; answers its message, which conditions and event agree on. */
  async failure(name: string, reason: string): Promise<string> {
    const conditions = conditionsOf(await this.scene.untilFailed(name, reason))
    const messages = [conditions['FetchFailed']?.[2], conditions['Ready']?.[2]]
    messages.push((await this.scene.untilEvent(name, reason)).message)
    await this.#refuseLeaks(name)
    if (new Set(messages).size > 1) throw new Error(`the messages differ: ${messages.join(' | ')}`)
    return messages[0] ?? ''
  }

  async #refuseLeaks(name: string): Promise<void> {
    const { scene } = this
    const { status } = await scene.get(name)
    const written = [...scene.log, ...[status, await scene.events(name), scene.receiver.events].map(toJson)]
    const leak = written.find((text) => text.includes(password) || text.includes(token))
    if (leak !== undefined) throw new Error(`a secret was shown: ${leak}`)
  }

  /** The URL with user information. */
  as(user: string): string {
    return this.repo.url.replace('://', `://${user}@`)
  }

  /** The beginning of every message about a failed clone. */
  get clone(): string {
    return `failed to checkout and determine revision: unable to clone '${this.repo.url}': `
  }
}

describe('basic authentication', () => {
  const server = useServer({ auth: { username: 'git', password } })

  it('is taken from the Secret', async () => {
    await server.create('basic', { username: 'git', password })
    expect(await server.files('basic')).toEqual({ 'a.txt': 'a' })
  })

  it('is taken from the URL, which is shown without it', async () => {
    await server.scene.create('url', { url: server.as(`git:${password}`) })
    expect(await server.files('url')).toEqual({ 'a.txt': 'a' })
  })

  it('takes from the URL what the Secret leaves out', async () => {
    await server.create('both', { password }, server.as('git'))
    expect(await server.files('both')).toEqual({ 'a.txt': 'a' })
  })

  it('is reported when it is missing', async () => {
    await server.scene.create('none', { url: server.repo.url })
    expect(await server.failure('none', 'GitOperationFailed')).toBe(`${server.clone}authentication required`)
  })

  it('is reported when it is wrong', async () => {
    await server.create('wrong', { username: 'git', password: `${password}-not` })
    expect(await server.failure('wrong', 'GitOperationFailed')).toBe(`${server.clone}authentication required`)
  })

  it('is reported when it is wrong in the URL, without showing it', async () => {
    await server.scene.create('wrong-url', { url: server.as(`git:${password}x`) })
    expect(await server.failure('wrong-url', 'GitOperationFailed')).toBe(`${server.clone}authentication required`)
  })

  it('is reported without a user', async () => {
    await server.create('no-user', { password })
    expect(await server.failure('no-user', 'AuthenticationFailed')).toBe(
      "failed to configure authentication options: invalid 'http' auth option: 'password' requires 'username' to be set",
    )
  })

  it('is picked up when the Secret comes', async () => {
    const { scene } = server
    const name = 'late'
    await scene.create(name, { url: server.repo.url, secretRef: { name } })
    const where = `${scene.namespace}/${name}`
    expect(await server.failure(name, 'AuthenticationFailed')).toBe(
      `failed to get secret '${where}': secrets "${name}" not found`,
    )
    const metadata = { name, namespace: scene.namespace }
    const stringData = { username: 'git', password }
    await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
    expect(await server.files(name)).toEqual({ 'a.txt': 'a' })
  })

  it('is reported beside data of a GitHub App', async () => {
    await server.create('app', { githubAppID: '1' })
    expect(await server.failure('app', 'InvalidProviderConfiguration')).toBe(
      `secretRef '${server.scene.namespace}/app' has github app data but provider is not set to github`,
    )
  })
})

describe('a bearer token', () => {
  const server = useServer({ auth: { bearer: token } })

  it('is taken from the Secret, before basic credentials', async () => {
    await server.create('bearer', { bearerToken: token, username: 'git', password })
    expect(await server.files('bearer')).toEqual({ 'a.txt': 'a' })
  })

  it('does not go with a user in the URL', async () => {
    await server.create('both', { bearerToken: token }, server.as(`git:${password}`))
    expect(await server.failure('both', 'GitOperationFailed')).toBe(
      'failed to checkout and determine revision: basic auth and bearer token cannot be set at the same time',
    )
  })

  it('is reported when it is wrong', async () => {
    await server.create('wrong', { bearerToken: `${token}x` })
    expect(await server.failure('wrong', 'GitOperationFailed')).toBe(`${server.clone}authentication required`)
  })
})

describe('TLS', () => {
  const server = useServer({ tls: { cert, key } })

  it.each(['ca.crt', 'caFile'])('trusts the authority in %s', async (field) => {
    const name = field.toLowerCase()
    await server.create(name, { [field]: ca })
    expect(await server.files(name)).toEqual({ 'a.txt': 'a' })
  })

  it('trusts ca.crt and not caFile when both are there', async () => {
    await server.create('both', { 'ca.crt': ca, caFile: 'no certificate' })
    expect(await server.files('both')).toEqual({ 'a.txt': 'a' })
  })

  it('trusts nobody without being told', async () => {
    await server.scene.create('none', { url: server.repo.url })
    expect(await server.failure('none', 'GitOperationFailed')).toMatch(/unable to clone '.*': .*certificate/)
  })

  it('reports an authority that is none', async () => {
    await server.create('broken', { 'ca.crt': 'no certificate' })
    expect(await server.failure('broken', 'GitOperationFailed')).toMatch(
      /^failed to checkout and determine revision: .*ca/i,
    )
  })
})

describe('client certificates', () => {
  const server = useServer({ tls: { cert, key, clientCa: ca } })

  it('are shown to the server', async () => {
    await server.create('client', { 'ca.crt': ca, 'tls.crt': clientCert, 'tls.key': clientKey })
    expect(await server.files('client')).toEqual({ 'a.txt': 'a' })
  })

  it('are missed by the server', async () => {
    await server.create('none', { 'ca.crt': ca })
    expect(await server.failure('none', 'GitOperationFailed')).toMatch(
      /^failed to checkout and determine revision: unable to clone/,
    )
  })

  it('need their key', async () => {
    await server.create('half', { 'ca.crt': ca, 'tls.crt': clientCert })
    expect(await server.failure('half', 'AuthenticationFailed')).toBe(
      `failed to configure authentication options: secret '${server.scene.namespace}/half' must have both 'tls.crt' and 'tls.key', or neither`,
    )
  })

  it('go with basic credentials', async () => {
    const files = { 'ca.crt': ca, 'tls.crt': clientCert, 'tls.key': clientKey }
    await server.create('more', { ...files, username: 'git', password })
    expect(await server.files('more')).toEqual({ 'a.txt': 'a' })
  })
})
