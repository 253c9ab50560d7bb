// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { configMap, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const ids = (...names: string[]) => names.map((name) => ({ id: `${scene.namespace}_${name}__ConfigMap`, v: 'v1' }))

describe('pruning', () => {
  it('deletes what left the source, in one run, and says so', async () => {
    const first = await scene.deploy('removed', { 'a.yaml': configMap('stays'), 'b.yaml': configMap('goes') })
    const before = await scene.untilReady('removed', first)
    expect(before.status?.inventory?.entries).toEqual(ids('goes', 'stays'))
    const second = await scene.publish({ 'a.yaml': configMap('stays') }, { source: 'removed' })
    const { status } = await scene.untilReady('removed', second)
    expect(status?.inventory?.entries).toEqual(ids('stays'))
    await scene.untilGone(scene.object('ConfigMap', 'goes'))
    const events = await scene.untilEvent('removed', 'Progressing', /deleted/)
    const deleted = events.find(({ message }) => message.includes('deleted'))
    expect(deleted).toMatchObject({
      severity: 'info',
      message: `ConfigMap/${scene.namespace}/goes deleted`,
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': second },
    })
  })

  it('prunes everything when the build is empty', async () => {
    const first = await scene.deploy('emptied', { 'app/a.yaml': configMap('last') }, { path: './app' })
    await scene.untilReady('emptied', first)
    const second = await scene.publish({ 'app/notes.txt': 'nothing here' }, { source: 'emptied' })
    const { status } = await scene.untilReady('emptied', second)
    expect(status?.inventory?.entries).toEqual([])
    await scene.untilGone(scene.object('ConfigMap', 'last'))
  })

  it('does not without spec.prune: the object leaves the inventory and stays', async () => {
    const files = { 'a.yaml': configMap('unpruned-a'), 'b.yaml': configMap('unpruned-b') }
    const first = await scene.deploy('unpruned', files, { prune: false })
    await scene.untilReady('unpruned', first)
    const second = await scene.publish({ 'a.yaml': configMap('unpruned-a') }, { source: 'unpruned' })
    const { status } = await scene.untilReady('unpruned', second)
    expect(status?.inventory?.entries).toEqual(ids('unpruned-a'))
    const left = await scene.client.get(scene.object('ConfigMap', 'unpruned-b'))
    expect(left.metadata.deletionTimestamp).toBeUndefined()
  })

  it('leaves objects alone that say so, and what somebody relabelled', async () => {
    const protectedBy = { annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } }
    const first = await scene.deploy('kept', {
      'a.yaml': configMap('kept-a', {}, protectedBy),
      'b.yaml': configMap('kept-b'),
      'c.yaml': configMap('kept-c'),
    })
    await scene.untilReady('kept', first)
    await scene.patch('kept', { spec: { suspend: true } })
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'somebody' }
    await scene.client.patch(scene.object('ConfigMap', 'kept-b'), { type: 'merge', body: { metadata: { labels } } })
    const second = await scene.publish({ 'c.yaml': configMap('kept-c') }, { source: 'kept' })
    await scene.patch('kept', { spec: { suspend: false } })
    const { status } = await scene.untilReady('kept', second)
    expect(status?.inventory?.entries).toEqual(ids('kept-c'))
    for (const name of ['kept-a', 'kept-b']) {
      const left = await scene.client.get(scene.object('ConfigMap', name))
      expect(left.metadata.deletionTimestamp).toBeUndefined()
    }
    const events = await scene.untilEvent('kept', 'Progressing', /skipped/)
    expect(
      events
        .find(({ message }) => message.includes('skipped'))
        ?.message.split('\n')
        .sort(),
    ).toEqual([`ConfigMap/${scene.namespace}/kept-a skipped`, `ConfigMap/${scene.namespace}/kept-b skipped`])
  })

  it('keeps what the server will not delete in the inventory, and prunes it once it does', async () => {
    const first = await scene.deploy(
      'stuck',
      { 'a.yaml': configMap('stuck-a'), 'b.yaml': configMap('stuck-b') },
      { retryInterval: '1s' },
    )
    await scene.untilReady('stuck', first)
    await using refusal = await refuseDeletion(scene, 'stuck-b')
    const second = await scene.publish({ 'a.yaml': configMap('stuck-a') }, { source: 'stuck' })
    const failed = await scene.untilFailed('stuck', 'PruneFailed', /ConfigMap\/.*\/stuck-b delete failed: .*not today/)
    expect(failed.status?.inventory?.entries).toEqual(ids('stuck-a', 'stuck-b'))
    expect(failed.status?.lastAppliedRevision).toBe(first)
    expect(failed.status?.history?.[0]).toMatchObject({
      lastReconciledStatus: 'PruneFailed',
      metadata: { revision: second },
    })
    await refusal[Symbol.asyncDispose]()
    const { status } = await scene.untilReady('stuck', second)
    expect(status?.inventory?.entries).toEqual(ids('stuck-a'))
    await scene.untilGone(scene.object('ConfigMap', 'stuck-b'))
  })
})

/** Has the server refuse to delete the ConfigMap until it is disposed, at the latest by the end of the test. */
async function refuseDeletion({ client, namespace }: Scene, name: string): Promise<AsyncDisposable> {
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: namespace }
  const binding = { ...policy, kind: 'ValidatingAdmissionPolicyBinding' }
  const metadata = { name: namespace }
  const resourceRules = [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'], resourceNames: [name] },
  ]
  await client.create({
    ...policy,
    metadata,
    spec: {
      matchConstraints: { resourceRules },
      validations: [{ expression: 'false', message: 'not today' }],
    },
  })
  await client.create({
    ...binding,
    metadata,
    spec: {
      policyName: namespace,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    },
  })
  // the server takes a moment to honour it
  const victim = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
  await eventually(() => expect(client.delete(victim, { dryRun: true })).rejects.toThrow(/not today/))
  return {
    [Symbol.asyncDispose]: async () => {
      for (const ref of [binding, policy]) if ((await client.find(ref)) !== undefined) await client.delete(ref)
    },
  }
}
