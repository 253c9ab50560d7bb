// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assert, boolean, property, stringMatching } from 'fast-check'
import { formatChangeSet, groupByAction, hasChanged, toActionMap } from './change-set.ts'
import { diffInventory, mergeSurvivors, parseEntry, sortInventory, toEntry } from './inventory.ts'
import { compareRefs } from './kind-order.ts'
import { ownerLabels, readOwner, withOwnerLabels } from './owner.ts'

const ref = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
  apiVersion,
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
})

describe('inventory', () => {
  it.each([
    [
      ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.com'),
      '_widgets.example.com_apiextensions.k8s.io_CustomResourceDefinition',
      'v1',
    ],
    [ref('v1', 'ServiceAccount', 'shop', 'shop'), 'shop_shop__ServiceAccount', 'v1'],
    [ref('v1', 'Namespace', 'shop'), '_shop__Namespace', 'v1'],
    [
      ref('rbac.authorization.k8s.io/v1', 'Role', 'shop:reader', 'shop'),
      'shop_shop__reader_rbac.authorization.k8s.io_Role',
      'v1',
    ],
    [
      ref('rbac.authorization.k8s.io/v1', 'ClusterRole', ':a::b:'),
      '___a____b___rbac.authorization.k8s.io_ClusterRole',
      'v1',
    ],
    [
      ref('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', 'shop'),
      'shop_shop_autoscaling_HorizontalPodAutoscaler',
      'v2',
    ],
    [ref('example.com/v1', 'Widget', 'with_underscore', 'shop'), 'shop_with_underscore_example.com_Widget', 'v1'],
  ])('writes and reads %j', (object, id, v) => {
    expect(toEntry(object)).toEqual({ id, v })
    expect(parseEntry({ id, v })).toEqual(object)
  })

  it('reads what it wrote, whatever the name', () => {
    const name = stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/)
    const rbacName = stringMatching(/^[a-z0-9:.-]{1,30}$/)
    assert(
      property(name, rbacName, boolean(), (plain, colons, rbac) => {
        const object = rbac
          ? ref('rbac.authorization.k8s.io/v1', 'RoleBinding', colons, plain)
          : ref('apps/v1', 'Deployment', plain, plain)
        expect(parseEntry(toEntry(object))).toEqual(object)
      }),
    )
  })

  it.each(['', '_test-name_apps', 'test-namespacetest-nametest-grouptest-kind', 'a__b', 'ns_name_apps_'])(
    'refuses %j',
    (id) => {
      expect(() => parseEntry({ id, v: 'v1' })).toThrow(expect.objectContaining({ code: 'InvalidInventoryId' }))
    },
  )

  it('tells what is stale by id alone, in apply order, and keeps survivors', () => {
    const old = [
      { id: 'a_x_apps_Deployment', v: 'v1beta1' },
      { id: 'a_y_apps_Deployment', v: 'v1' },
      { id: '_a__Namespace', v: 'v1' },
    ]
    const stale = diffInventory(old, [{ id: 'a_x_apps_Deployment', v: 'v1' }])
    expect(stale.map(({ id }) => id)).toEqual(['_a__Namespace', 'a_y_apps_Deployment'])
    expect(mergeSurvivors([{ id: 'k', v: 'v1' }], [...stale, { id: 'k', v: 'v2' }])).toEqual([
      { id: 'k', v: 'v1' },
      ...stale,
    ])
  })
})

describe('order', () => {
  it('is that of the inventory that Flux left', () => {
    const asFlux = [
      { id: '_widgets.example.com_apiextensions.k8s.io_CustomResourceDefinition', v: 'v1' },
      { id: 'shop_shop__ServiceAccount', v: 'v1' },
      { id: 'shop_shop__reader_rbac.authorization.k8s.io_Role', v: 'v1' },
      { id: 'shop_shop-settings__ConfigMap', v: 'v1' },
      { id: 'shop_shop__Service', v: 'v1' },
      { id: 'shop_shop_apps_Deployment', v: 'v1' },
      { id: 'shop_shop_autoscaling_HorizontalPodAutoscaler', v: 'v2' },
      { id: 'shop_shop_example.com_Widget', v: 'v1' },
    ]
    expect(sortInventory(asFlux.toReversed())).toEqual(asFlux)
  })

  it('puts webhook configurations last and unranked kinds by group, kind, namespace and name', () => {
    const refs = [
      ref('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'v'),
      ref('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'm'),
      ref('z.example.com/v1', 'A', 'x', 'ns'),
      ref('a.example.com/v1', 'Z', 'x', 'ns'),
      ref('a.example.com/v1', 'A', 'y', 'ns'),
      ref('a.example.com/v1', 'A', 'x', 'ns'),
      ref('a.example.com/v1', 'A', 'z', 'another'),
      ref('batch/v1', 'CronJob', 'c', 'ns'),
      ref('batch/v1', 'Job', 'j', 'ns'),
    ]
    expect(refs.toSorted(compareRefs).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'CronJob c',
      'A z',
      'A x',
      'A y',
      'Z x',
      'Job j',
      'A x',
      'MutatingWebhookConfiguration m',
      'ValidatingWebhookConfiguration v',
    ])
  })
})

describe('change set', () => {
  const changeSet = [
    { object: ref('v1', 'Namespace', 'a'), subject: 'Namespace/a', action: 'created' as const },
    { object: ref('v1', 'ConfigMap', 'b', 'a'), subject: 'ConfigMap/a/b', action: 'unchanged' as const },
  ]
  it('has the texts of Flux', () => {
    expect(formatChangeSet(changeSet)).toBe('Namespace/a created\nConfigMap/a/b unchanged')
    expect(groupByAction(changeSet)).toEqual({ created: ['Namespace/a'], unchanged: ['ConfigMap/a/b'] })
    expect(toActionMap(changeSet)).toEqual({ 'Namespace/a': 'created', 'ConfigMap/a/b': 'unchanged' })
    expect(changeSet.map(({ action }) => hasChanged(action))).toEqual([true, false])
  })
})

describe('owner', () => {
  const owner = {
    fieldManager: 'kustomize-controller',
    labelGroup: 'kustomize.toolkit.fluxcd.io',
    name: 'shop',
    namespace: 'flux-system',
  }
  it('is written and read as two labels', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: { app: 'x' } } }
    const labelled = withOwnerLabels(object, owner)
    expect(labelled.metadata.labels).toEqual({ app: 'x', ...ownerLabels(owner) })
    expect(object.metadata.labels).toEqual({ app: 'x' })
    expect(readOwner(labelled.metadata.labels, owner.labelGroup)).toEqual({ name: 'shop', namespace: 'flux-system' })
    expect(readOwner({ 'kustomize.toolkit.fluxcd.io/name': 'shop' }, owner.labelGroup)).toBeUndefined()
  })
})
