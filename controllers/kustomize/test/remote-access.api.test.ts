// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { createNamespace } from '@tidelock/testkit'
import { Gateway } from './gateway.ts'
import { conditionsOf, configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'
import { configMapRules, createTenant } from './tenant.ts'

let scene: Scene
let gateway: Gateway
/** A namespace that the account `remote` of the scene may write in, and one that it may not. */
let far: string
let closed: string
beforeAll(async () => {
  scene = await Scene.open({
    flags: ['--feature-gates=ObjectLevelWorkloadIdentity=true', '--default-kubeconfig-service-account=fallback'],
  })
  gateway = await Gateway.start(scene.cluster.kubeconfigPath)
  far = await createNamespace(scene.client, 'far')
  closed = await createNamespace(scene.client, 'closed')
  await createTenant(scene.client, scene.namespace, 'remote', configMapRules, [far])
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

async function token(account = 'remote'): Promise<string> {
  return (await scene.client.createToken({ namespace: scene.namespace, name: account })).token
}

async function putSecret(name: string, kubeconfig: string, key = 'value'): Promise<void> {
  const secret = { ...scene.object('Secret', name), metadata: { name, namespace: scene.namespace } }
  const { apiVersion, kind, metadata } = secret
  await scene.client.apply(
    { apiVersion, kind, metadata, stringData: { [key]: kubeconfig } },
    { fieldManager: 'test', force: true },
  )
}

async function putConfigMap(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const { apiVersion, kind } = scene.object('ConfigMap', name)
  await scene.client.create({ apiVersion, kind, metadata: { name, namespace: scene.namespace }, data })
}

const inFar = (spec: SceneSpec): SceneSpec => ({ targetNamespace: far, retryInterval: '1s', ...spec })
const farObject = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: far, name })

describe('kubeConfig.secretRef', () => {
  it('applies, prunes and deletes with the rights of the kubeconfig', async () => {
    await putSecret('whole', gateway.kubeconfig({ token: await token() }))
    const spec = inFar({ kubeConfig: { secretRef: { name: 'whole' } }, wait: true })
    await scene.deploy('whole', { 'a.yaml': configMap('kept'), 'b.yaml': configMap('stale') }, spec)
    await scene.untilReady('whole')
    expect(gateway.seen.some((line) => line.startsWith(`PATCH /api/v1/namespaces/${far}/configmaps/kept`))).toBe(true)

    const revision = await scene.publish({ 'a.yaml': configMap('kept') }, { source: 'whole' })
    await scene.untilReady('whole', revision)
    await scene.untilGone(farObject('stale'))

    await scene.delete('whole')
    await expect(scene.untilGone(farObject('kept'))).resolves.toBeUndefined()
  })

  it('has no more rights than the kubeconfig', async () => {
    await putSecret('less', gateway.kubeconfig({ token: await token() }))
    const spec = inFar({ kubeConfig: { secretRef: { name: 'less' } }, targetNamespace: closed })
    await scene.deploy('less', { 'a.yaml': configMap('c') }, spec)
    const words = new RegExp(
      `User "system:serviceaccount:${scene.namespace}:remote" cannot patch .* in the namespace "${closed}"`,
    )
    await expect(scene.untilFailed('less', 'ReconciliationFailed', words)).resolves.toBeDefined()
  })

  it.each([
    ['value.yaml', { name: 'second' }],
    ['other', { name: 'third', key: 'other' }],
  ])('is found under the key %s', async (key, secretRef) => {
    await putSecret(secretRef.name, gateway.kubeconfig({ token: await token() }), key)
    await scene.deploy(secretRef.name, { 'a.yaml': configMap(secretRef.name) }, inFar({ kubeConfig: { secretRef } }))
    await scene.untilReady(secretRef.name)
    expect(await scene.client.find(farObject(secretRef.name))).toBeDefined()
  })

  it('says what is missing, and goes on when it is there', async () => {
    const spec = inFar({ kubeConfig: { secretRef: { name: 'late' } } })
    const revision = await scene.deploy('late', { 'a.yaml': configMap('late') }, spec)
    const words = new RegExp(`Secret/${scene.namespace}/late does not exist`)
    const failed = await scene.untilFailed('late', 'ReconciliationFailed', words)
    expect(failed.status?.lastAttemptedRevision).toBe(revision)
    await putSecret('late', 'not: [yaml', 'value')
    await scene.untilFailed('late', 'ReconciliationFailed', /it is not YAML/)
    await putSecret('late', gateway.kubeconfig({ token: await token() }))
    await expect(scene.untilReady('late')).resolves.toBeDefined()
  })

  it('goes on with a new token when the old one expires in the middle', async () => {
    const old = await token()
    await putSecret('expiring', gateway.kubeconfig({ token: old }))
    const spec = inFar({ kubeConfig: { secretRef: { name: 'expiring' } }, interval: '1h', retryInterval: '1h' })
    await scene.deploy('expiring', { 'a.yaml': configMap('e1') }, spec)
    await scene.untilReady('expiring')
    gateway.expired.add(old)
    await putSecret('expiring', gateway.kubeconfig({ token: await token() }))
    const revision = await scene.publish({ 'a.yaml': configMap('e2') }, { source: 'expiring' })
    await expect(scene.untilReady('expiring', revision)).resolves.toBeDefined()
  })

  it.each([200, 404, 500])('quotes nothing of what else stands at its address, answered with %d', async (status) => {
    const internal = createServer((_request, response) => response.writeHead(status).end('internal words'))
    await new Promise<void>((resolve) => internal.listen(0, '127.0.0.1', resolve))
    const name = `elsewhere-${status}`
    const server = `http://127.0.0.1:${(internal.address() as AddressInfo).port}`
    await putSecret(name, gateway.kubeconfig({ token: 't' }, { server }))
    await scene.deploy(name, { 'a.yaml': configMap(name) }, inFar({ kubeConfig: { secretRef: { name } } }))
    const { status: said } = await scene.untilFailed(name, 'ReconciliationFailed')
    expect(JSON.stringify([said, scene.receiver.of(name)])).not.toMatch(/internal|words/)
    internal.closeAllConnections()
    internal.close()
  })

  it('refuses a kubeconfig that could only run a program or read a file here', async () => {
    await putSecret('exec', gateway.kubeconfig({ exec: { command: '/bin/true' } }))
    await scene.deploy('exec', { 'a.yaml': configMap('x') }, inFar({ kubeConfig: { secretRef: { name: 'exec' } } }))
    await scene.untilFailed('exec', 'ReconciliationFailed', /nothing but exec to authenticate with/)
    await putSecret('exec', gateway.kubeconfig({ tokenFile: '/var/run/secrets/token' }))
    await expect(scene.untilFailed('exec', 'ReconciliationFailed', /nothing but tokenFile/)).resolves.toBeDefined()
  })

  it('impersonates serviceAccountName there', async () => {
    await createTenant(scene.client, scene.namespace, 'double', configMapRules, [far])
    await putSecret('double', gateway.kubeconfig({ token: await token() }))
    const spec = inFar({ kubeConfig: { secretRef: { name: 'double' } }, serviceAccountName: 'double' })
    await scene.deploy('double', { 'a.yaml': configMap('double') }, spec)
    const words = new RegExp(
      `bind ServiceAccount/${scene.namespace}/remote .* to a role with impersonate on serviceaccounts`,
    )
    await scene.untilFailed('double', 'ReconciliationFailed', words)
    const impersonate = [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate', 'get'] }]
    await createTenant(scene.client, scene.namespace, 'remote', [...configMapRules, ...impersonate], [scene.namespace])
    await scene.untilReady('double')
    expect(await scene.client.find(farObject('double'))).toBeDefined()
  })

  it('says that a cluster is away, and holds nobody up', async () => {
    const gone = await Gateway.start(scene.cluster.kubeconfigPath)
    gone.silent = true
    await putSecret('silent', gone.kubeconfig({ token: 't' }))
    await putSecret('refused', gone.kubeconfig({ token: 't' }, { server: 'http://127.0.0.1:1' }))
    const names = Array.from({ length: 8 }, (_, index) => `silent-${index}`)
    for (const name of names) {
      await scene.deploy(name, { 'a.yaml': configMap(name) }, inFar({ kubeConfig: { secretRef: { name: 'silent' } } }))
    }
    await scene.deploy(
      'refused',
      { 'a.yaml': configMap('r') },
      inFar({ kubeConfig: { secretRef: { name: 'refused' } } }),
    )
    await scene.deploy('beside', { 'a.yaml': configMap('beside') }, { retryInterval: '1s' })
    await scene.untilReady('beside')
    const slow = await scene.untilFailed('silent-0', 'ReconciliationFailed', /Connecting to the cluster/)
    expect(conditionsOf(slow)['Reconciling']?.[0]).toBe('True')
    await scene.untilFailed('refused', 'ReconciliationFailed', /at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/)
    gone.silent = false
    await gone[Symbol.asyncDispose]()
    await expect(scene.untilFailed('silent-0', 'ReconciliationFailed', /cannot be reached/)).resolves.toBeDefined()
  })

  it('keeps a deleted Kustomization until its cluster is back, and says how to let go', async () => {
    const address = await Gateway.start(scene.cluster.kubeconfigPath)
    await putSecret('away', address.kubeconfig({ token: await token() }))
    await scene.deploy('away', { 'a.yaml': configMap('away') }, inFar({ kubeConfig: { secretRef: { name: 'away' } } }))
    await scene.untilReady('away')
    await address[Symbol.asyncDispose]()
    await scene.client.delete(scene.object('Secret', 'away'))
    await scene.delete('away')
    await scene.untilFailed('away', 'PruneFailed', /does not exist\n.*set spec.deletionPolicy to Orphan/)
    await scene.patch('away', { spec: { deletionPolicy: 'Orphan' } })
    await scene.untilGone(scene.ref('away'))
    expect(await scene.client.find(farObject('away'))).toBeDefined()
  })
})

describe('kubeConfig.configMapRef', () => {
  const audiences = 'https://kubernetes.default.svc.cluster.local\n'

  it('reaches a cluster that trusts our tokens, with a token of the account', async () => {
    const ca = gateway.ca
    await putConfigMap('generic', {
      ...{ provider: 'generic', address: scene.cluster.server, audiences, 'ca.crt': ca },
      serviceAccountName: 'remote',
    })
    await scene.deploy(
      'generic',
      { 'a.yaml': configMap('generic') },
      inFar({ kubeConfig: { configMapRef: { name: 'generic' } } }),
    )
    await scene.untilReady('generic')
    const isOurs = ({ metadata }: KubeObject): boolean =>
      metadata.labels?.['kustomize.toolkit.fluxcd.io/name'] === 'generic'
    expect(isOurs(await scene.client.get(farObject('generic')))).toBe(true)
  })

  it('takes the default account when it names none', async () => {
    const ca = gateway.ca
    await putConfigMap('unnamed', { provider: 'generic', address: scene.cluster.server, audiences, 'ca.crt': ca })
    await scene.deploy(
      'unnamed',
      { 'a.yaml': configMap('unnamed') },
      inFar({ kubeConfig: { configMapRef: { name: 'unnamed' } } }),
    )
    const words = new RegExp(`ServiceAccount/${scene.namespace}/fallback does not exist`)
    await scene.untilFailed('unnamed', 'ReconciliationFailed', words)
    await createTenant(scene.client, scene.namespace, 'fallback', configMapRules, [far])
    await expect(scene.untilReady('unnamed')).resolves.toBeDefined()
  })

  it.each([
    ['none', {}, /ConfigMap\/.*\/none has no key 'provider'/],
    ['ibm', { provider: 'ibm' }, /provider 'ibm' of a cluster: want one of/],
    ['bare', { provider: 'generic', serviceAccountName: 'remote' }, /address is required/],
  ])('says what is wrong with %s', async (name, data, words) => {
    await putConfigMap(name, data)
    await scene.deploy(name, { 'a.yaml': configMap(name) }, inFar({ kubeConfig: { configMapRef: { name } } }))
    await expect(scene.untilFailed(name, 'ReconciliationFailed', words)).resolves.toBeDefined()
  })
})
