// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { conditionsOf, configMap, Scene } from './harness.ts'

interface Event extends KubeObject {
  type: string
  reason: string
  message: string
  reportingComponent: string
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('the status', () => {
  it('has Flux’s conditions, revisions, inventory and history, and Flux’s field managers', async () => {
    const revision = await scene.deploy('shape', { 'a.yaml': configMap('shape') })
    const obj = await scene.untilReady('shape', revision)
    expect(conditionsOf(obj)).toEqual({
      Ready: ['True', 'ReconciliationSucceeded', `Applied revision: ${revision}`],
    })
    const { conditions: _conditions, ...status } = obj.status ?? {}
    expect(status).toEqual({
      history: [
        {
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          firstReconciled: expect.stringMatching(/^\d{4}-.*Z$/),
          lastReconciled: expect.stringMatching(/^\d{4}-.*Z$/),
          lastReconciledDuration: expect.stringMatching(/^\d.*s$/),
          lastReconciledStatus: 'ReconciliationSucceeded',
          metadata: { revision },
          totalReconciliations: 1,
        },
      ],
      inventory: { entries: [{ id: `${scene.namespace}_shape__ConfigMap`, v: 'v1' }] },
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      observedGeneration: 1,
    })
    expect(obj.metadata.finalizers).toEqual(['finalizers.fluxcd.io'])
    const managers = (obj.metadata.managedFields ?? []).map(({ manager, subresource }) => [manager, subresource])
    expect(managers).toContainEqual(['gotk-kustomize-controller', undefined])
    expect(managers).toContainEqual(['gotk-kustomize-controller', 'status'])
    const live = await scene.client.get(scene.object('ConfigMap', 'shape'))
    expect(live.metadata.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([
      ['kustomize-controller', 'Apply'],
    ])
  })

  it('has a history of five, by digest and outcome, newest first', async () => {
    const name = 'history'
    await scene.deploy(name, { 'a.yaml': configMap(name, { at: '0' }) })
    const revisions: string[] = []
    for (const at of ['0', '1', '2', '3', '4', '5', '4']) {
      revisions.push(await scene.publish({ 'a.yaml': configMap(name, { at }) }, { source: name }))
      await scene.untilReady(name, revisions.at(-1))
    }
    const { history = [] } = (await scene.get(name)).status ?? {}
    const [, , three, four, , six, seven] = [...revisions.slice(0, 1), ...revisions.slice(1)]
    expect(history.map(({ metadata, totalReconciliations }) => [metadata?.['revision'], totalReconciliations])).toEqual(
      [
        [seven, 2],
        [six, 1],
        [four, 1],
        [three, 1],
        [revisions[1], 1],
      ],
    )
    expect(new Set(history.map(({ digest }) => digest)).size).toBe(5)
    await scene.publish(
      { 'a.yaml': configMap(name, { at: '4' }, { namespace: 'x', labels: { bad: 'not a label!' } }) },
      { source: name },
    )
    const failed = await scene.untilFailed(name, 'ReconciliationFailed')
    expect(failed.status?.history?.[0]).toMatchObject({
      lastReconciledStatus: 'ReconciliationFailed',
      totalReconciliations: 1,
    })
    expect(failed.status?.history).toHaveLength(5)
  })
})

describe('events', () => {
  it('tell changes and success, with revision, commit status and what annotations add', async () => {
    const name = 'told'
    const revision = await scene.publish({ 'a.yaml': configMap(name) }, { source: name })
    const note = { 'event.toolkit.fluxcd.io/team': 'retail' }
    await scene.create(name, { sourceRef: { kind: 'GitRepository', name } }, note)
    await scene.untilReady(name, revision)
    const [created, finished, ...more] = await scene.untilEvent(name, 'ReconciliationSucceeded')
    const group = 'kustomize.toolkit.fluxcd.io'
    const common = {
      severity: 'info',
      reportingController: 'kustomize-controller',
      involvedObject: { kind: 'Kustomization', name, namespace: scene.namespace },
    }
    expect(created).toMatchObject({
      ...common,
      reason: 'Progressing',
      message: `ConfigMap/${scene.namespace}/told created`,
      metadata: { [`${group}/revision`]: revision, ...Object.fromEntries(Object.entries(note)) },
    })
    expect(finished).toMatchObject({
      ...common,
      reason: 'ReconciliationSucceeded',
      message: expect.stringMatching(/^Reconciliation finished in [\d.]+[a-zµ]+, next run in 1h0m0s$/),
      metadata: { [`${group}/revision`]: revision, [`${group}/commit_status`]: 'update' },
    })
    expect(more).toEqual([])
    await scene.reconcile(name)
    const again = await eventually(() => {
      const [, , third] = scene.receiver.of(name)
      if (third === undefined) throw new Error('no third event')
      return third
    })
    expect(again).toMatchObject({
      reason: 'ReconciliationSucceeded',
      metadata: { [`${group}/commit_status`]: 'update' },
    })
  })

  it('stand in the cluster too, as Flux writes them', async () => {
    const name = 'kube-events'
    const revision = await scene.deploy(name, { 'a.yaml': configMap(name) })
    await scene.untilReady(name, revision)
    const kind = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }
    const found = await eventually(async () => {
      const fieldSelector = `involvedObject.name=${name}`
      const { items } = await scene.client.list<Event>(kind, { namespace: scene.namespace, fieldSelector })
      if (items.length < 2) throw new Error(`${items.length} events`)
      return items
    })
    expect(
      found.map(({ type, reason, reportingComponent }) => `${type} ${reason} ${reportingComponent}`).sort(),
    ).toEqual(['Normal Progressing kustomize-controller', 'Normal ReconciliationSucceeded kustomize-controller'])
    const created = found.find(({ reason }) => reason === 'Progressing')
    expect(created?.metadata.annotations).toEqual({ 'kustomize.toolkit.fluxcd.io/revision': revision })
  })
})
