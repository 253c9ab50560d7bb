// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createNamespace, testCluster } from '@tidelock/testkit'
import * as azure from './azure-services.ts'
import { startAws, tls } from './cloud-services.ts'
import { Gateway } from './gateway.ts'
import * as google from './google-services.ts'
import { configMap, Scene } from './harness.ts'
import { configMapRules, createTenant } from './tenant.ts'

let scene: Scene
let gateway: Gateway
let far: string
let directory: string
const services: AsyncDisposable[] = []
/** Tokens of clouds that the cluster was shown. */
const known = new Set<string>()
beforeAll(async () => {
  const { client, kubeconfigPath } = await testCluster()
  const namespace = `cloud-clusters-${randomBytes(4).toString('hex')}`
  gateway = await Gateway.start(kubeconfigPath, tls)
  const [eks, gke, aks] = [
    await startAws({ client, namespace }, gateway),
    await google.startGoogle({ client, namespace }, gateway),
    await azure.startAzure({ client, namespace }, gateway),
  ]
  services.push(eks, gke, aks)
  directory = await mkdtemp(join(tmpdir(), 'cloud-clusters-'))
  const cloud = join(directory, 'cloud.json')
  await writeFile(cloud, JSON.stringify({ resourceManagerEndpoint: aks.url, tokenAudience: azure.managerAudience }))
  scene = await Scene.open({
    namespace,
    env: { AWS_ENDPOINT_URL: eks.url, AZURE_AUTHORITY_HOST: aks.url, AZURE_ENVIRONMENT_FILEPATH: cloud },
    clouds: { ca: tls.ca, googleOrigins: gke.origins },
    flags: ['--feature-gates=ObjectLevelWorkloadIdentity=true'],
  })
  const annotations = {
    'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/decrypt',
    ...google.annotations,
    ...azure.annotations,
  }
  for (const name of ['decryptor', 'stranger'])
    await client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, annotations } })
  far = await createNamespace(client, 'far')
  await createTenant(client, namespace, 'remote', configMapRules, [far])
  const { token } = await client.createToken({ namespace, name: 'remote' })
  gateway.translate = (given) => {
    if (!/^(?:k8s-aws-v1\.|ya29\.|aad:)/.test(given)) return undefined
    known.add(given)
    return token
  }
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  for (const service of services) await service[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const clusters = {
  aws: 'arn:aws:eks:eu-west-1:123456789012:cluster/prod',
  gcp: 'projects/p/locations/europe-west1/clusters/prod',
  azure: azure.clusterId,
}
type Cloud = keyof typeof clusters

async function deployTo(provider: Cloud, name: string, serviceAccountName: string): Promise<void> {
  const { apiVersion, kind } = scene.object('ConfigMap', name)
  const data = { provider, cluster: clusters[provider], serviceAccountName }
  await scene.client.create({ apiVersion, kind, metadata: { name, namespace: scene.namespace }, data })
  const kubeConfig = { configMapRef: { name } }
  await scene.deploy(name, { 'a.yaml': configMap(name) }, { kubeConfig, targetNamespace: far, retryInterval: '1s' })
}

describe('kubeConfig.configMapRef of a cloud', () => {
  it.each([
    ['aws', /^k8s-aws-v1\./],
    ['gcp', /^ya29\.impersonated$/],
    ['azure', /^aad:6dae42f8-/],
  ] as const)('finds the cluster at %s, which knows us by a token of that cloud', async (provider, prefix) => {
    await deployTo(provider, provider, 'decryptor')
    await scene.untilReady(provider)
    expect([...known]).toContainEqual(expect.stringMatching(prefix))
    expect(
      await scene.client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace: far, name: provider }),
    ).toBeDefined()
  })

  it.each([
    ['aws', /stranger: AWS role 'arn:.*': InvalidIdentityToken/],
    ['gcp', /stranger: Google token .*: the account is not trusted/],
    ['azure', /stranger: Azure client '.*': invalid_client/],
  ] as const)('says why %s gives an account no token', async (provider, words) => {
    const name = `${provider}-stranger`
    await deployTo(provider, name, 'stranger')
    const failed = await scene.untilFailed(name, 'ReconciliationFailed', words)
    expect(JSON.stringify(failed.status)).not.toMatch(/eyJ|ya29\.|aad:/)
  })
})
