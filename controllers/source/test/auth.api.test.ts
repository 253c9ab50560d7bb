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

type SecretData = Readonly<Record<string, string>>

function describeServer(title: string, git: Partial<GitServerOptions>, tests: (server: Server) => void): void {
  describe(title, () => {
    const server = new Server()
    beforeAll(() => server.start(git))
    afterAll(() => server.scene[Symbol.asyncDispose]())
    tests(server)
  })
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

  async expectArtifact(name: string): Promise<void> {
    expect(await downloadArtifact(artifactOf(await this.scene.untilReady(name)))).toEqual({ 'a.txt': 'a' })
    this.expectNoSecrets()
  }

  async expectFailure(name: string, reason: string, message: string | RegExp): Promise<void> {
    const obj = await this.scene.untilFailed(name, reason)
    const text = conditionsOf(obj)['FetchFailed']?.[2] ?? ''
    if (typeof message === 'string') expect(text).toBe(message)
    else expect(text).toMatch(message)
    expect(conditionsOf(obj)['Ready']).toEqual(['False', reason, text])
    expect((await this.scene.untilEvent(name, reason)).message).toBe(text)
    expect(JSON.stringify(obj.status)).not.toMatch(new RegExp(`${password}|${token}`))
    expect(JSON.stringify(await this.scene.events(name))).not.toMatch(new RegExp(`${password}|${token}`))
    this.expectNoSecrets()
  }

  expectNoSecrets(): void {
    const written = this.scene.log.join('') + JSON.stringify(this.scene.receiver.events)
    expect(written).not.toMatch(new RegExp(`${password}|${token}`))
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

describeServer('basic authentication', { auth: { username: 'git', password } }, (server) => {
  it('is taken from the Secret', async () => {
    await server.create('basic', { username: 'git', password })
    await server.expectArtifact('basic')
  })

  it('is taken from the URL, which is shown without it', async () => {
    await server.scene.create('url', { url: server.as(`git:${password}`) })
    await server.expectArtifact('url')
  })

  it('takes from the URL what the Secret leaves out', async () => {
    await server.create('both', { password }, server.as('git'))
    await server.expectArtifact('both')
  })

  it('is reported when it is missing', async () => {
    await server.scene.create('none', { url: server.repo.url })
    await server.expectFailure('none', 'GitOperationFailed', `${server.clone}authentication required`)
  })

  it('is reported when it is wrong', async () => {
    await server.create('wrong', { username: 'git', password: `${password}-not` })
    await server.expectFailure('wrong', 'GitOperationFailed', `${server.clone}authentication required`)
  })

  it('is reported when it is wrong in the URL, without showing it', async () => {
    await server.scene.create('wrong-url', { url: server.as(`git:${password}x`) })
    await server.expectFailure('wrong-url', 'GitOperationFailed', `${server.clone}authentication required`)
  })

  it('is reported without a user', async () => {
    await server.create('no-user', { password })
    await server.expectFailure(
      'no-user',
      'AuthenticationFailed',
      "failed to configure authentication options: invalid 'http' auth option: 'password' requires 'username' to be set",
    )
  })

  it('is picked up when the Secret comes', async () => {
    const { scene } = server
    const name = 'late'
    await scene.create(name, { url: server.repo.url, secretRef: { name } })
    const where = `${scene.namespace}/${name}`
    await server.expectFailure(
      name,
      'AuthenticationFailed',
      `failed to get secret '${where}': secrets "${name}" not found`,
    )
    const metadata = { name, namespace: scene.namespace }
    const stringData = { username: 'git', password }
    await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
    await server.expectArtifact(name)
  })

  it('is reported beside data of a GitHub App', async () => {
    await server.create('app', { githubAppID: '1' })
    await server.expectFailure(
      'app',
      'InvalidProviderConfiguration',
      `secretRef '${server.scene.namespace}/app' has github app data but provider is not set to github`,
    )
  })
})

describeServer('a bearer token', { auth: { bearer: token } }, (server) => {
  it('is taken from the Secret, before basic credentials', async () => {
    await server.create('bearer', { bearerToken: token, username: 'git', password })
    await server.expectArtifact('bearer')
  })

  it('does not go with a user in the URL', async () => {
    await server.create('both', { bearerToken: token }, server.as(`git:${password}`))
    await server.expectFailure(
      'both',
      'GitOperationFailed',
      'failed to checkout and determine revision: basic auth and bearer token cannot be set at the same time',
    )
  })

  it('is reported when it is wrong', async () => {
    await server.create('wrong', { bearerToken: `${token}x` })
    await server.expectFailure('wrong', 'GitOperationFailed', `${server.clone}authentication required`)
  })
})

describeServer('TLS', { tls: { cert, key } }, (server) => {
  it.each(['ca.crt', 'caFile'])('trusts the authority in %s', async (field) => {
    const name = field.toLowerCase()
    await server.create(name, { [field]: ca })
    await server.expectArtifact(name)
  })

  it('trusts ca.crt and not caFile when both are there', async () => {
    await server.create('both', { 'ca.crt': ca, caFile: 'no certificate' })
    await server.expectArtifact('both')
  })

  it('trusts nobody without being told', async () => {
    await server.scene.create('none', { url: server.repo.url })
    await server.expectFailure('none', 'GitOperationFailed', /unable to clone '.*': .*certificate/)
  })

  it('reports an authority that is none', async () => {
    await server.create('broken', { 'ca.crt': 'no certificate' })
    await server.expectFailure('broken', 'GitOperationFailed', /^failed to checkout and determine revision: .*ca/i)
  })
})

describeServer('client certificates', { tls: { cert, key, clientCa: ca } }, (server) => {
  it('are shown to the server', async () => {
    await server.create('client', { 'ca.crt': ca, 'tls.crt': clientCert, 'tls.key': clientKey })
    await server.expectArtifact('client')
  })

  it('are missed by the server', async () => {
    await server.create('none', { 'ca.crt': ca })
    await server.expectFailure(
      'none',
      'GitOperationFailed',
      /^failed to checkout and determine revision: unable to clone/,
    )
  })

  it('need their key', async () => {
    await server.create('half', { 'ca.crt': ca, 'tls.crt': clientCert })
    await server.expectFailure(
      'half',
      'AuthenticationFailed',
      `failed to configure authentication options: secret '${server.scene.namespace}/half' must have both 'tls.crt' and 'tls.key', or neither`,
    )
  })

  it('go with basic credentials', async () => {
    const files = { 'ca.crt': ca, 'tls.crt': clientCert, 'tls.key': clientKey }
    await server.create('more', { ...files, username: 'git', password })
    await server.expectArtifact('more')
  })
})
