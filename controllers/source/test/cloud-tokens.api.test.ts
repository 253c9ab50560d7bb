// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startHttpProxy } from '@tidelock/testkit'
import type { TestProxy } from '@tidelock/testkit'
import { accepted, acrAnswer, annotations, secrets, startClouds } from './cloud-services.ts'
import type { CloudServices } from './cloud-services.ts'
import { OciScene } from './oci-scene.ts'
import { gatewayCa, TlsGateway } from './tls-gateway.ts'

const isGitHost = (host = ''): boolean => host === 'dev.azure.com' || host.startsWith('git-codecommit.')
let oci: OciScene
let clouds: CloudServices
let gateway: TlsGateway
let proxy: TestProxy
beforeAll(async () => {
  oci = await OciScene.open({ controller: false })
  const { client, namespace, git } = oci.scene
  clouds = await startClouds(client, namespace)
  gateway = await TlsGateway.start(
    ({ headers }) => (isGitHost(headers.host) ? git.url : `http://${oci.registry.host}`),
    {
      intercept: ({ url, headers }) => {
        if (url === '/oauth2/exchange') return acrAnswer
        const { authorization = '', host = '' } = headers
        if (accepted[host]?.test(authorization) === true) return undefined
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="cloud"' } }
      },
    },
  )
  const hosts = Object.fromEntries(Object.keys(accepted).map((host) => [`${host}:443`, gateway.host]))
  proxy = await startHttpProxy({ auth: { username: 'tenant', password: 'through' }, hosts })
  const create = (kind: string, name: string, rest: object): Promise<unknown> =>
    client.create({ apiVersion: 'v1', kind, metadata: { name, namespace, ...rest }, ...rest })
  await create('ServiceAccount', 'puller', { annotations })
  await create('ServiceAccount', 'stranger', { annotations })
  await create('Secret', 'trust', { stringData: { 'ca.crt': gatewayCa } })
  await create('Secret', 'proxy', { stringData: { address: proxy.url, username: 'tenant', password: 'through' } })
  await oci.push('org/app', 'v1', { 'a.txt': 'a' })
  await git.create('app', { 'a.txt': 'a' })
  oci.scene.startController({
    flags: ['--feature-gates=ObjectLevelWorkloadIdentity=true'],
    env: { AWS_ENDPOINT_URL: clouds.plainUrl, AZURE_AUTHORITY_HOST: clouds.tlsUrl },
    clouds: {
      ca: gatewayCa,
      googleOrigins: Object.fromEntries(
        ['sts', 'iamcredentials'].map((name) => [`${name}.googleapis.com`, clouds.plainUrl]),
      ),
    },
  })
})
afterAll(async () => {
  await oci[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
  await clouds[Symbol.asyncDispose]()
})

type Provider = 'aws' | 'azure' | 'gcp'
const registries: readonly (readonly [Provider, string])[] = [
  ['aws', '123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  ['azure', 'team.azurecr.io'],
  ['gcp', 'europe-docker.pkg.dev'],
]
const repositories = [
  ['azure', 'https://dev.azure.com/app.git'],
  ['aws', 'https://git-codecommit.eu-west-1.amazonaws.com/app.git'],
] as const

const through = { proxySecretRef: { name: 'proxy' } }

/** Where the tokens of a cloud come from. */
function tokenService(provider: Provider): string {
  return new URL(provider === 'azure' ? clouds.tlsUrl : clouds.plainUrl).host
}

describe('a ServiceAccount of the object, through the proxy of the object,', () => {
  it.each(registries)('gives an OCIRepository the token of the registry of %s', async (provider, registry) => {
    const spec = { provider, serviceAccountName: 'puller', certSecretRef: { name: 'trust' }, ...through }
    await oci.create(provider, { url: `oci://${registry}/org/app`, ref: { tag: 'v1' }, ...spec })
    await oci.untilReady(provider)
    expect(proxy.asked.some((line) => line.includes(tokenService(provider)))).toBe(true)
    expect(proxy.asked).toContain(`CONNECT ${registry}:443`)
  })

  it.each(repositories)('gives a GitRepository the credentials of %s', async (provider, url) => {
    const spec = { provider, serviceAccountName: 'puller', secretRef: { name: 'trust' }, ...through }
    await oci.scene.create(`git-${provider}`, { url, ...spec })
    await oci.scene.untilReady(`git-${provider}`)
    expect(proxy.asked).toContain(`CONNECT ${new URL(url).host}:443`)
  })

  it('is refused where the cloud does not trust it, and no token shows', async () => {
    const words = { aws: /InvalidIdentityToken/, azure: /invalid_client/, gcp: /the account is not trusted/ }
    for (const [provider, registry] of registries) {
      const name = `stranger-${provider}`
      const spec = { provider, serviceAccountName: 'stranger', certSecretRef: { name: 'trust' }, ...through }
      await oci.create(name, { url: `oci://${registry}/org/app`, ref: { tag: 'v1' }, ...spec })
      const { message } = await oci.scene.untilEvent(name, 'AuthenticationFailed')
      expect(message).toMatch(words[provider])
      expect(message).toMatch(/stranger/)
    }
    expect(oci.scene.log.join('\n')).not.toMatch(secrets)
    expect(JSON.stringify(oci.scene.receiver.events)).not.toMatch(secrets)
  })

  it('does not get at a token that another came by through another proxy', async () => {
    const { client, namespace } = oci.scene
    const stringData = { address: proxy.url, username: 'tenant', password: 'wrong' }
    await client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'refused', namespace }, stringData })
    const [provider, registry] = registries[2]!
    const spec = { provider, serviceAccountName: 'puller', proxySecretRef: { name: 'refused' } }
    await oci.create('no-way', { url: `oci://${registry}/org/app`, ref: { tag: 'v1' }, ...spec })
    const { message } = await oci.scene.untilEvent('no-way', 'AuthenticationFailed')
    expect(message).toMatch(/proxy authentication required/)
  })
})
