// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assert, dictionary, jsonValue, property, string } from 'fast-check'
import type { KubeObject } from '@tidelock/api'
import { hasDrifted } from './drift.ts'
import { equalJson } from './equality.ts'
import { canonicalJson, hashObject } from './hash.ts'
import { hasSetting, isExcluded, isForced, isIfNotPresent, isMerge, isPruneDisabled } from './policy.ts'
import { isJobWithTtl, parallelGroups, stageOf } from './stage.ts'

const group = 'kustomize.toolkit.fluxcd.io'

function live(
  change: { labels?: Record<string, string>; annotations?: Record<string, string>; [key: string]: unknown } = {},
): KubeObject {
  const { labels, annotations, ...rest } = change
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'x',
      resourceVersion: '1',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    data: { a: '1' },
    ...rest,
  }
}

describe('hasDrifted', () => {
  it.each([
    ['nothing differs', live(), live(), false],
    ['members in another order', { ...live(), z: { a: 1, b: 2 } }, { z: { b: 2, a: 1 }, ...live() }, false],
    ['absent and empty labels', live(), live({ labels: {} }), false],
    ['status', live({ status: { a: 1 } }), live(), false],
    ['other metadata', { ...live(), metadata: { name: 'x', resourceVersion: '9', generation: 3 } }, live(), false],
    ['a label', live({ labels: { a: '1' } }), live({ labels: { a: '2' } }), true],
    ['an annotation', live({ annotations: { a: '1' } }), live(), true],
    ['data', live({ data: { a: '2' } }), live(), true],
    ['a member more', live({ immutable: true }), live(), true],
    ['a member that is null', live({ immutable: null }), live(), true],
    ['an empty map', live({ binaryData: {} }), live(), true],
    ['list order', live({ list: [1, 2] }), live({ list: [2, 1] }), true],
  ])('%s', (_name, now, merged, expected) => expect(hasDrifted(now, merged)).toBe(expected))

  it('is true for what does not exist', () => {
    expect(hasDrifted(undefined, live())).toBe(true)
    expect(hasDrifted(live(), { ...live(), metadata: { name: 'x' } })).toBe(true)
  })
})

describe('hashes', () => {
  it('do not depend on the order of members, but on everything else', () => {
    assert(
      property(dictionary(string(), jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).toReversed())
        expect(hashObject(reversed)).toBe(hashObject(object))
        expect(JSON.parse(canonicalJson(object))).toEqual(JSON.parse(JSON.stringify(object)))
        expect(equalJson(reversed, object)).toBe(true)
      }),
    )
    expect(hashObject({ a: { b: 1 } })).not.toBe(hashObject({ a: { b: 2 } }))
    expect(hashObject({ a: [1, 2] })).not.toBe(hashObject({ a: [2, 1] }))
    expect(hashObject({ '10': 1, '9': 2, a: 3 })).toBe(hashObject({ a: 3, '9': 2, '10': 1 }))
  })
})

describe('settings on objects', () => {
  const labelled = (key: string, value: string) => ({ labels: { [`${group}/${key}`]: value } })
  const annotated = (key: string, value: string) => ({ annotations: { [`${group}/${key}`]: value } })
  it.each([
    [annotated('reconcile', 'disabled'), 'excluded'],
    [labelled('reconcile', 'DISABLED'), 'excluded'],
    [annotated('ssa', 'ignore'), 'excluded'],
    [annotated('ssa', 'IfNotPresent'), 'ifNotPresent'],
    [annotated('ssa', 'merge'), 'merge'],
    [labelled('force', 'Enabled'), 'forced'],
    [annotated('prune', 'Disabled'), 'keep'],
    [annotated('prune', ''), ''],
    [annotated('ssa', 'Override'), ''],
  ])('%j', (metadata, expected) => {
    const rules = {
      excluded: isExcluded(group, {}, metadata),
      ifNotPresent: isIfNotPresent(group, metadata),
      merge: isMerge(group, {}, metadata),
      forced: isForced(group, undefined, metadata),
      keep: isPruneDisabled(group, metadata) && !isExcluded(group, metadata),
    }
    const holding = Object.entries(rules).filter(([, holds]) => holds)
    expect(holding.map(([name]) => name)).toEqual(expected === '' ? [] : [expected])
  })
  it('never match an empty value', () => expect(hasSetting({ labels: { a: '' } }, 'a', '')).toBe(false))
})

describe('stages', () => {
  it.each([
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'definitions'],
    ['v1', 'Namespace', 'definitions'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'definitions'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'rest'],
    ['example.com/v1', 'Namespace', 'rest'],
    ['gateway.networking.k8s.io/v1', 'GatewayClass', 'classes'],
    ['example.com/v1', 'Early', 'custom'],
    ['v1', 'ConfigMap', 'custom'],
    ['v1', 'Secret', 'rest'],
  ])('%s %s: %s', (apiVersion, kind, stage) =>
    expect(stageOf({ apiVersion, kind }, new Set(['example.com/Early', '/ConfigMap']))).toBe(stage),
  )

  it('write in parallel only within one rank, and webhook configurations one by one', () => {
    const kinds = [
      'Secret',
      'Secret',
      'Service',
      'Widget',
      'Job',
      'MutatingWebhookConfiguration',
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
    ]
    expect(parallelGroups(kinds, (kind) => kind)).toEqual([
      ['Secret', 'Secret'],
      ['Service'],
      ['Widget', 'Job'],
      ['MutatingWebhookConfiguration'],
      ['MutatingWebhookConfiguration'],
      ['ValidatingWebhookConfiguration'],
    ])
  })

  it('know Jobs with a time to live', () => {
    const job = (spec: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' }, spec })
    expect(isJobWithTtl(job({ ttlSecondsAfterFinished: 0 }))).toBe(true)
    expect(isJobWithTtl(job({}))).toBe(false)
  })
})
