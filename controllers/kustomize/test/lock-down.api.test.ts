// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { createNamespace, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { clusterRules, lockDownRules, namespaceRules } from '../src/rbac.ts'
import { Gateway } from './gateway.ts'
import { conditionsOf, configMap, manifest, Scene } from './harness.ts'
import { configMapRules, createTenant } from './tenant.ts'

const flags = ['--no-cross-namespace-refs=true', '--no-remote-bases=true', '--default-service-account=default']
const rbac = 'rbac.authorization.k8s.io/v1'
type Rules = typeof clusterRules

/** A controller that is no administrator: an account with these rules and nothing else. */
async function startRestricted(rules: Rules): Promise<{ scene: Scene; clean: () => Promise<void> }> {
  const shared = await testCluster()
  const scene = await Scene.open({ flags, controller: false })
  const { client, namespace } = scene
  const name = `lock-down-${randomBytes(4).toString('hex')}`
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
  const subjects = [{ kind: 'ServiceAccount', name: 'controller', namespace }]
  await createTenant(client, namespace, 'controller', namespaceRules)
  await client.create({ apiVersion: rbac, kind: 'ClusterRole', metadata: { name }, rules })
  await client.create({ apiVersion: rbac, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects })
  const kubeconfigPath = join(scene.directory, 'kubeconfig')
  await writeFile(kubeconfigPath, await kubeconfigOf(shared, namespace))
  scene.startController({ flags: [`--kubeconfig=${kubeconfigPath}`] })
  const clean = async (): Promise<void> => {
    await scene[Symbol.asyncDispose]()
    for (const kind of ['ClusterRoleBinding', 'ClusterRole']) await client.delete({ apiVersion: rbac, kind, name })
  }
  return { scene, clean }
}

async function kubeconfigOf(shared: TestCluster, namespace: string): Promise<string> {
  await using gateway = await Gateway.start(shared.kubeconfigPath)
  const { token } = await shared.client.createToken({ namespace, name: 'controller' })
  const ca = Buffer.from(gateway.ca).toString('base64')
  return gateway.kubeconfig({ token }, { server: shared.server, 'certificate-authority-data': ca })
}

async function startAdministrator(): Promise<{ scene: Scene; clean: () => Promise<void> }> {
  const scene = await Scene.open({ flags })
  return { scene, clean: () => scene[Symbol.asyncDispose]() }
}

async function editByHand(client: KubeClient, scene: Scene, name: string): Promise<void> {
  const body = { data: { key: 'by hand' } }
  await client.patch(scene.object('ConfigMap', name), { type: 'merge', body, fieldManager: 'kubectl-edit' })
}
const isUndone = ({ data }: KubeObject & { data?: Record<string, string> }): boolean => data?.['key'] === 'value'

describe.each([
  ['with cluster-admin', startAdministrator],
  ['locked down', () => startRestricted([...clusterRules, ...lockDownRules])],
])('a tenant of a controller %s', (_profile, start) => {
  let scene: Scene
  let clean: () => Promise<void>
  let foreign: string
  beforeAll(async () => {
    ;({ scene, clean } = await start())
    foreign = await createNamespace(scene.client, 'foreign')
    await createTenant(scene.client, scene.namespace, 'default', configMapRules)
    // a wait takes half a minute at least: the last test looks at its end
    await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: foreign } })
    const healthChecks = ['s', 'not-there'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: foreign,
      name,
    }))
    await scene.deploy('peek', { 'a.yaml': configMap('peek') }, { healthChecks, timeout: '2s' })
  })
  afterAll(() => clean())
  const foreignMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: foreign, name })

  it('applies, prunes and deletes in its namespace, and has hand edits undone', async () => {
    await scene.deploy('own', { 'a.yaml': configMap('kept'), 'b.yaml': configMap('stale') }, { wait: true })
    // the first build starts the engine
    await scene.untilReady('own')
    await editByHand(scene.client, scene, 'kept')
    await scene.untilLive(scene.object('ConfigMap', 'kept'), isUndone)
    const revision = await scene.publish({ 'a.yaml': configMap('kept') }, { source: 'own' })
    const obj = await scene.untilReady('own', revision)
    expect(conditionsOf(obj)['kustomize.tidelock.dev/Unwatched']).toBeUndefined()
    await scene.untilGone(scene.object('ConfigMap', 'stale'))
    await scene.delete('own')
    await scene.untilGone(scene.object('ConfigMap', 'kept'))
  })

  it('does not write to another namespace', async () => {
    const files = { 'a.yaml': configMap('c', {}, { namespace: foreign }) }
    await scene.deploy('across', files, { targetNamespace: undefined })
    await scene.untilFailed('across', 'ReconciliationFailed', new RegExp(`in the namespace "${foreign}"`))
    expect(await scene.client.find(foreignMap('c'))).toBeUndefined()
  })

  it('does not make cluster roles, nor bindings to them', async () => {
    const name = `escape-${foreign}`
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }
    const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: scene.namespace }]
    await scene.deploy('escalate', {
      'a.yaml': manifest({ apiVersion: rbac, kind: 'ClusterRole', metadata: { name }, rules: [] }),
      'b.yaml': manifest({ apiVersion: rbac, kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects }),
    })
    await scene.untilFailed(
      'escalate',
      'ReconciliationFailed',
      /cannot patch resource "clusterroles".*at the cluster scope/,
    )
    expect(await scene.client.find({ apiVersion: rbac, kind: 'ClusterRoleBinding', name })).toBeUndefined()
  })

  it.each(['../../namespaces/kube-system/secrets/x', 'kube-system/x'])(
    'does not name a kubeconfig elsewhere: %s',
    async (name) => {
      const key = `kubeconfig-${randomBytes(2).toString('hex')}`
      await scene.deploy(key, { 'a.yaml': configMap(key) }, { kubeConfig: { secretRef: { name } } })
      await expect(scene.untilFailed(key, 'ReconciliationFailed', /is not a valid name/)).resolves.toBeDefined()
    },
  )

  it('does not get the token of the controller sent to a server of its own', async () => {
    const data = {
      ...{ provider: 'generic', address: 'https://127.0.0.1:1', 'ca.crt': 'PEM' },
      audiences: 'https://kubernetes.default.svc.cluster.local',
    }
    const { apiVersion, kind } = scene.object('ConfigMap', 'lure')
    await scene.client.create({ apiVersion, kind, metadata: { name: 'lure', namespace: scene.namespace }, data })
    await scene.deploy('lured', { 'a.yaml': configMap('lured') }, { kubeConfig: { configMapRef: { name: 'lure' } } })
    const words = /ConfigMap\/.*\/lure names no serviceAccountName.*own token is sent to no server/
    await expect(scene.untilFailed('lured', 'ReconciliationFailed', words)).resolves.toBeDefined()
  })

  it('does not get another account by an empty name', async () => {
    const files = { 'a.yaml': configMap('c', {}, { namespace: foreign }) }
    await scene.deploy('nameless', files, { serviceAccountName: '', targetNamespace: undefined })
    const words = new RegExp(`User "system:serviceaccount:${scene.namespace}:default" cannot patch`)
    await expect(scene.untilFailed('nameless', 'ReconciliationFailed', words)).resolves.toBeDefined()
  })

  it('does not delete what it lists in a forged inventory', async () => {
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'forged',
      'kustomize.toolkit.fluxcd.io/namespace': scene.namespace,
    }
    for (const [name, marks] of [
      ['theirs', {}],
      ['marked', labels],
    ] as const)
      await scene.client.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: foreign, labels: marks },
      })
    await scene.deploy('forged', { 'a.yaml': configMap('forged') })
    await scene.untilReady('forged')
    const entries = ['forged', 'theirs', 'marked'].map((name) => ({
      id: `${name === 'forged' ? scene.namespace : foreign}_${name}__ConfigMap`,
      v: 'v1',
    }))
    await scene.client.patch(scene.ref('forged'), {
      type: 'merge',
      subresource: 'status',
      body: { status: { inventory: { entries } } },
    })
    await scene.reconcileNow('forged')
    const words = new RegExp(`ConfigMap/${foreign}/marked .*is forbidden`)
    await scene.untilFailed('forged', 'PruneFailed', words)
    await scene.delete('forged')
    await scene.untilFailed('forged', 'PruneFailed', words)
    expect(await scene.client.find(foreignMap('theirs'))).toBeDefined()
    expect(await scene.client.find(foreignMap('marked'))).toBeDefined()
  })

  it('uses no source of another namespace', async () => {
    await scene.create('borrow', { sourceRef: { kind: 'GitRepository', name: 'app', namespace: foreign } })
    await expect(scene.untilFailed('borrow', 'AccessDenied')).resolves.toBeDefined()
  })

  it('learns nothing of a Secret elsewhere by a health check', async () => {
    const obj = await scene.untilFailed('peek', 'HealthCheckFailed')
    const [, , message = ''] = conditionsOf(obj)['Ready'] ?? []
    expect(message.match(/status: 'Unknown': secrets "[^"]+" is forbidden/g)).toHaveLength(2)
  })
})

describe('a controller that may watch nothing but its own kinds', () => {
  let scene: Scene
  let clean: () => Promise<void>
  beforeAll(async () => {
    const impersonation = lockDownRules.filter(({ verbs }) => verbs.includes('impersonate'))
    const withoutConfigs = clusterRules.map((rule) =>
      rule.resources.includes('configmaps') ? { ...rule, verbs: ['get'] } : rule,
    )
    ;({ scene, clean } = await startRestricted([...withoutConfigs, ...impersonation]))
    await createTenant(scene.client, scene.namespace, 'default', configMapRules)
  })
  afterAll(() => clean())

  it('undoes hand edits at the interval, and says so', async () => {
    await scene.deploy('blind', { 'a.yaml': configMap('blind') }, { wait: true })
    const says = await scene.until(
      'blind',
      (obj) => conditionsOf(obj)['kustomize.tidelock.dev/Unwatched'] !== undefined,
    )
    const [status, reason, message] = conditionsOf(says)['kustomize.tidelock.dev/Unwatched'] ?? []
    expect([status, reason]).toEqual(['True', 'WatchRefused'])
    expect(message).toMatch(
      /^hand edits and deletions of ConfigMap are found at the interval only: configmaps is forbidden/,
    )
    await scene.untilReady('blind')
    await editByHand(scene.client, scene, 'blind')
    await scene.patch('blind', { spec: { interval: '5s' } })
    await editByHand(scene.client, scene, 'blind')
    await expect(scene.untilLive(scene.object('ConfigMap', 'blind'), isUndone)).resolves.toBeDefined()
  })
})

describe('a controller of all namespaces', () => {
  it('prunes what a tenant of another namespace lists', async () => {
    await using scene = await Scene.open({ flags, allNamespaces: true })
    await createTenant(scene.client, scene.namespace, 'default', configMapRules)
    await scene.deploy('pruner', { 'a.yaml': configMap('pruner-kept'), 'b.yaml': configMap('pruner-stale') })
    await scene.untilReady('pruner')
    const foreign = await createNamespace(scene.client, 'foreign')
    const { apiVersion, kind } = scene.ref('lister')
    const lister = { apiVersion, kind, name: 'lister', namespace: foreign }
    const sourceRef = { kind: 'GitRepository', name: 'lister' }
    const metadata = { name: 'lister', namespace: foreign }
    await scene.client.create({
      ...{ apiVersion, kind, metadata },
      spec: { interval: '1h', prune: true, suspend: true, sourceRef },
    })
    const entries = [{ id: `${scene.namespace}_pruner-stale__ConfigMap`, v: 'v1' }]
    const body = { status: { inventory: { entries } } }
    await scene.client.patch(lister, { type: 'merge', subresource: 'status', body })
    const revision = await scene.publish({ 'a.yaml': configMap('pruner-kept') }, { source: 'pruner' })
    await scene.untilReady('pruner', revision)
    await expect(scene.untilGone(scene.object('ConfigMap', 'pruner-stale'))).resolves.toBeUndefined()
    await scene.client.delete(lister)
  })
})
