// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { createNamespace } from '@tidelock/testkit'
import { conditionsOf, configMap, deployment, manifest, Scene } from './harness.ts'
import { configMapRules, createTenant } from './tenant.ts'

let scene: Scene
let foreign: string
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--default-service-account=fallback'] })
  foreign = await createNamespace(scene.client, 'foreign')
  await createTenant(scene.client, scene.namespace, 'deployer', configMapRules)
  // a wait takes half a minute at least: the last test looks at its end
  await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'theirs', namespace: foreign } })
  const healthChecks = [{ apiVersion: 'v1', kind: 'Secret', namespace: foreign, name: 'theirs' }]
  await scene.deploy(
    'health',
    { 'a.yaml': configMap('h') },
    { serviceAccountName: 'deployer', healthChecks, timeout: '3s' },
  )
})
afterAll(() => scene[Symbol.asyncDispose]())

/** A ConfigMap in a namespace that no tenant has rights in. */
const inForeign = (name: string): string =>
  manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: foreign } })

describe('spec.serviceAccountName', () => {
  it('applies, waits and prunes with the rights of the account', async () => {
    const files = { 'a.yaml': configMap('mine'), 'b.yaml': configMap('stale') }
    await scene.deploy('own', files, { serviceAccountName: 'deployer', wait: true })
    await scene.untilReady('own')
    const revision = await scene.publish({ 'a.yaml': configMap('mine') }, { source: 'own' })
    await scene.untilReady('own', revision)
    await scene.untilGone(scene.object('ConfigMap', 'stale'))
    await scene.delete('own')
    await expect(scene.untilGone(scene.object('ConfigMap', 'mine'))).resolves.toBeUndefined()
  })

  it('says what was denied, to whom, and what to grant', async () => {
    const files = { 'a.yaml': deployment('web'), 'b.yaml': configMap('beside') }
    await scene.deploy('denied', files, { serviceAccountName: 'deployer' })
    const obj = await scene.untilFailed('denied', 'ReconciliationFailed')
    const [, , message] = conditionsOf(obj)['Ready'] ?? []
    expect(message).toContain(`Deployment/${scene.namespace}/web dry-run failed (Forbidden)`)
    expect(message).toContain(`User "system:serviceaccount:${scene.namespace}:deployer" cannot patch`)
    expect(message).toContain(
      `to allow it, bind ServiceAccount/${scene.namespace}/deployer by a RoleBinding in namespace ${scene.namespace} to a role with patch on deployments.apps`,
    )
    expect(await scene.client.find(scene.object('ConfigMap', 'beside'))).toBeUndefined()
  })

  it('goes on once the right is granted', async () => {
    await createTenant(scene.client, scene.namespace, 'late', [])
    await scene.deploy(
      'granted',
      { 'a.yaml': configMap('granted') },
      { serviceAccountName: 'late', retryInterval: '1s' },
    )
    await scene.untilFailed('granted', 'ReconciliationFailed', /forbidden/)
    await createTenant(scene.client, scene.namespace, 'late', configMapRules)
    await expect(scene.untilReady('granted')).resolves.toBeDefined()
  })

  it('does not reach another namespace', async () => {
    await scene.deploy(
      'reach',
      { 'a.yaml': inForeign('c') },
      { serviceAccountName: 'deployer', targetNamespace: undefined },
    )
    await scene.untilFailed('reach', 'ReconciliationFailed', new RegExp(`in the namespace "${foreign}"`))
    expect(
      await scene.client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace: foreign, name: 'c' }),
    ).toBeUndefined()
  })

  it('says that the account does not exist', async () => {
    await scene.deploy('nobody', { 'a.yaml': configMap('n') }, { serviceAccountName: 'nobody' })
    const words = new RegExp(`ServiceAccount/${scene.namespace}/nobody does not exist: create it`)
    await expect(scene.untilFailed('nobody', 'ReconciliationFailed', words)).resolves.toBeDefined()
  })

  it('refuses a name that is none', async () => {
    await scene.deploy('odd', { 'a.yaml': configMap('o') }, { serviceAccountName: 'a:b' })
    await expect(scene.untilFailed('odd', 'ReconciliationFailed', /'a:b' is not the name/)).resolves.toBeDefined()
  })

  it('undoes a hand edit with the rights of the account', async () => {
    await scene.deploy('edited', { 'a.yaml': configMap('edited') }, { serviceAccountName: 'deployer' })
    await scene.untilReady('edited')
    const ref = scene.object('ConfigMap', 'edited')
    await scene.client.patch(ref, { type: 'merge', body: { data: { key: 'by hand' } }, fieldManager: 'kubectl-edit' })
    const isUndone = ({ data }: KubeObject & { data?: Record<string, string> }): boolean => data?.['key'] === 'value'
    await expect(scene.untilLive(ref, isUndone)).resolves.toBeDefined()
  })
})

describe('deletion', () => {
  it('leaves and names the objects when the account is gone', async () => {
    await createTenant(scene.client, scene.namespace, 'leaver', configMapRules)
    await scene.deploy('left', { 'a.yaml': configMap('left') }, { serviceAccountName: 'leaver' })
    await scene.untilReady('left')
    await scene.client.delete(scene.object('ServiceAccount', 'leaver'))
    await scene.delete('left')
    await scene.untilGone(scene.ref('left'))
    const events = await scene.untilEvent('left', '', /unable to prune objects/)
    expect(events.find(({ message }) => message.includes('unable to prune'))).toMatchObject({
      severity: 'error',
      message: `unable to prune objects: \nConfigMap/${scene.namespace}/left`,
    })
    expect(await scene.client.find(scene.object('ConfigMap', 'left'))).toBeDefined()
  })

  it('is tried again when the account may not delete, and says what to grant', async () => {
    const withoutDelete = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch'] }]
    await createTenant(scene.client, scene.namespace, 'keeper', withoutDelete)
    await scene.deploy('kept', { 'a.yaml': configMap('kept') }, { serviceAccountName: 'keeper' })
    await scene.untilReady('kept')
    await scene.delete('kept')
    await scene.untilFailed('kept', 'PruneFailed', /to a role with delete on configmaps/)
    await createTenant(scene.client, scene.namespace, 'keeper', configMapRules)
    await scene.untilGone(scene.ref('kept'))
    expect(await scene.client.find(scene.object('ConfigMap', 'kept'))).toBeUndefined()
  })
})

describe('--default-service-account', () => {
  it('is used when the spec names none, or an empty one', async () => {
    await scene.deploy('none', { 'a.yaml': configMap('none') })
    await scene.deploy('empty', { 'a.yaml': configMap('empty') }, { serviceAccountName: '' })
    const words = new RegExp(`ServiceAccount/${scene.namespace}/fallback does not exist`)
    await scene.untilFailed('none', 'ReconciliationFailed', words)
    await scene.untilFailed('empty', 'ReconciliationFailed', words)
    await createTenant(scene.client, scene.namespace, 'fallback', configMapRules)
    await scene.reconcile('none')
    await scene.reconcile('empty')
    await scene.untilReady('none')
    await expect(scene.untilReady('empty')).resolves.toBeDefined()
  })
})

describe('health', () => {
  it('checks health with the rights of the account', async () => {
    const words = new RegExp(`Secret/${foreign}/theirs status: 'Unknown': .*cannot get resource "secrets"`)
    await expect(scene.untilFailed('health', 'HealthCheckFailed', words)).resolves.toBeDefined()
  })
})
