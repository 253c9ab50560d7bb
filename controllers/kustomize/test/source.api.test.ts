// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createNamespace } from '@tidelock/testkit'
import { conditionsOf, configMap, Scene } from './harness.ts'

const commitUrlKey = 'kustomize.toolkit.fluxcd.io/commitUrl'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--requeue-dependency=1s'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

const failedOf = (name: string, words: RegExp) => scene.untilFailed(name, 'ArtifactFailed', words)

describe('the source', () => {
  it('may be missing: that is waited for without an event', async () => {
    const sourceRef = { kind: 'GitRepository', name: 'late' } as const
    await scene.create('late', { sourceRef })
    const obj = await failedOf('late', /^GitRepository.source.toolkit.fluxcd.io "late" not found$/)
    expect(obj.metadata.finalizers).toEqual(['finalizers.fluxcd.io'])
    const revision = await scene.publish({ 'a.yaml': configMap('late') }, { source: 'late' })
    await scene.untilReady('late', revision)
    expect(scene.receiver.of('late').filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('that stays away is looked for without a write', async () => {
    const sourceRef = { kind: 'GitRepository', name: 'away' } as const
    await scene.create('away', { sourceRef, retryInterval: '1s' })
    const { metadata } = await failedOf('away', /^GitRepository.source.toolkit.fluxcd.io "away" not found$/)
    const looks = (): number => scene.log.filter((line) => /"info".*"away\\" not found"/.test(line)).length
    const before = looks()
    const obj = await scene.until('away', () => looks() >= before + 3)
    expect(obj.metadata.resourceVersion).toBe(metadata.resourceVersion)
  })

  it('may have no artifact yet', async () => {
    const { apiVersion, kind } = scene.sourceRef('empty')
    const url = 'https://example.com/app.git'
    await scene.client.create({
      apiVersion,
      kind,
      metadata: { name: 'empty', namespace: scene.namespace },
      spec: { interval: '1h', url },
    })
    await scene.create('empty', { sourceRef: { kind: 'GitRepository', name: 'empty' } })
    await failedOf('empty', /^Source artifact not found, retrying in 1s$/)
    const revision = await scene.publish({ 'a.yaml': configMap('empty') }, { source: 'empty' })
    const obj = await scene.untilReady('empty', revision)
    expect(obj.status?.inventory?.entries).toHaveLength(1)
  })

  it('may have lost its artifact: that is not ready, and no failure', async () => {
    const artifact = await scene.source.write(scene.namespace, 'lost', { 'a.yaml': configMap('lost') })
    await scene.source.store.removeAll({ kind: 'GitRepository', namespace: scene.namespace, name: 'lost' })
    const { apiVersion, kind } = scene.sourceRef('lost')
    const spec = { interval: '1h', url: 'https://example.com/app.git' }
    await scene.client.create({ apiVersion, kind, metadata: { name: 'lost', namespace: scene.namespace }, spec })
    await scene.client.patch(scene.sourceRef('lost'), {
      type: 'merge',
      subresource: 'status',
      body: { status: { artifact } },
    })
    await scene.create('lost', { sourceRef: { kind: 'GitRepository', name: 'lost' } })
    await failedOf('lost', /^Source is not ready, artifact not found, retrying in 1s$/)
    // the same artifact comes back without any change of the source's status
    await scene.source.write(scene.namespace, 'lost', { 'a.yaml': configMap('lost') }, artifact.revision)
    await scene.untilReady('lost', artifact.revision)
    expect(scene.receiver.of('lost').filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('is not believed when the artifact is not what its digest says', async () => {
    scene.source.fault = (request, response) => {
      if (request.url?.includes('/lying/') !== true) return false
      response.end('not the artifact')
      return true
    }
    await scene.deploy('lying', { 'a.yaml': configMap('lying') })
    const obj = await failedOf('lying', /digest/)
    expect(obj.status).not.toHaveProperty('inventory')
    await scene.untilEvent('lying', 'ArtifactFailed', /digest/)
    scene.source.fault = undefined
    await scene.reconcile('lying')
    await scene.untilReady('lying')
  })
})

it('of a Git service is linked by events, of another server it is not', async () => {
  const url = 'https://me:secret@github.com/org/app.git'
  const files = { 'a.yaml': configMap('linked') }
  const revision = await scene.publish(files, { source: 'linked', url })
  await scene.create('linked', { sourceRef: { kind: 'GitRepository', name: 'linked' } })
  const events = await scene.untilEvent('linked', 'ReconciliationSucceeded')
  const hash = revision.slice(revision.indexOf(':') + 1)
  for (const { metadata } of events) expect(metadata?.[commitUrlKey]).toBe(`https://github.com/org/app/commit/${hash}`)

  await scene.deploy('unlinked', { 'b.yaml': configMap('unlinked') })
  const others = await scene.untilEvent('unlinked', 'ReconciliationSucceeded')
  for (const { metadata } of others) expect(metadata).not.toHaveProperty([commitUrlKey])
})

describe('a source in another namespace', () => {
  it('is used', async () => {
    await using wide = await Scene.open({ allNamespaces: true })
    const namespace = await createNamespace(wide.client)
    const revision = await wide.publish({ 'a.yaml': configMap('elsewhere') })
    const { apiVersion, kind } = wide.ref('app')
    const sourceRef = { kind: 'GitRepository', name: 'app', namespace: wide.namespace }
    await wide.client.create({
      apiVersion,
      kind,
      metadata: { name: 'app', namespace, labels: { 'tidelock.dev/scene': wide.namespace } },
      spec: { interval: '1h', prune: true, sourceRef, targetNamespace: namespace },
    })
    const live = await wide.untilLive({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'elsewhere' })
    expect(live.metadata.labels).toMatchObject({ 'kustomize.toolkit.fluxcd.io/namespace': namespace })
    expect(revision).toMatch(/^main@sha1:/)
  })

  it('is refused where that is forbidden', async () => {
    await using closed = await Scene.open({ flags: ['--no-cross-namespace-refs'] })
    const sourceRef = { kind: 'GitRepository', name: 'app', namespace: 'default' } as const
    await closed.create('denied', { sourceRef })
    const obj = await closed.untilFailed('denied', 'AccessDenied')
    const message = `can't access 'GitRepository/default/app', cross-namespace references have been blocked`
    expect(conditionsOf(obj)).toEqual({
      Ready: ['False', 'AccessDenied', message],
      Stalled: ['True', 'AccessDenied', message],
    })
    expect(obj.status?.observedGeneration).toBe(-1)
    await closed.untilEvent('denied', 'AccessDenied', /blocked/)
    await closed.publish({ 'a.yaml': configMap('allowed') })
    await closed.patch('denied', { spec: { sourceRef: { namespace: null } } })
    const ready = await closed.untilReady('denied')
    expect(conditionsOf(ready)).not.toHaveProperty('Stalled')
  })

  it('of kind ExternalArtifact needs its gate', async () => {
    await scene.create('external', { sourceRef: { kind: 'ExternalArtifact', name: 'x' } })
    const words = /^can't access 'ExternalArtifact\/.*\/x', ExternalArtifact feature gate is disabled$/
    const obj = await scene.untilFailed('external', 'AccessDenied', words)
    expect(conditionsOf(obj)['Stalled']?.slice(0, 2)).toEqual(['True', 'AccessDenied'])
  })
})
