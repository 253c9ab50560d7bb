// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject, ManagedFieldsEntry } from '@tidelock/api'
import { cleanupPatch, migrationPatch } from './cleanup.ts'
import { memberPaths, reaches, unionFields } from './field-set.ts'
import { adoptIgnored, ignoredPaths, withoutPaths } from './ignore-rules.ts'
import { parsePointer, removeAt, replaceAt, valueAtPointer } from './json-pointer.ts'
import { isOwnEntry, isTakenOver, managerRules, takeOver } from './takeover.ts'

const us = 'kustomize-controller'
const rules = managerRules(us, ['legacy-tool'])
const isOurs = (of: ManagedFieldsEntry): boolean => isOwnEntry(of, us)

function entry(
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: object,
  more: object = {},
): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1 as Record<string, unknown>,
    ...more,
  }
}

describe('unionFields', () => {
  it.each([
    [{ 'f:a': {} }, { 'f:b': {} }, { 'f:a': {}, 'f:b': {} }],
    [{ 'f:a': {} }, { 'f:a': {} }, { 'f:a': {} }],
    [{ 'f:a': {} }, { 'f:a': { 'f:b': {} } }, { 'f:a': { '.': {}, 'f:b': {} } }],
    [{ 'f:a': { 'f:c': {} } }, { 'f:a': { 'f:b': {} } }, { 'f:a': { 'f:b': {}, 'f:c': {} } }],
    [
      { 'f:ports': { 'k:{"port":80}': { '.': {}, 'f:port': {} } } },
      { 'f:ports': { 'k:{"port":80}': { 'f:name': {} }, 'k:{"port":81}': { '.': {} } } },
      { 'f:ports': { 'k:{"port":80}': { '.': {}, 'f:name': {}, 'f:port': {} }, 'k:{"port":81}': { '.': {} } } },
    ],
  ])('%j and %j', (a, b, union) => {
    expect(unionFields(a, b)).toEqual(union)
    expect(unionFields(b, a)).toEqual(union)
    expect(
      [...memberPaths(union)].every((path) =>
        reaches(
          union,
          path.filter((element) => element !== '.'),
        ),
      ),
    ).toBe(true)
  })
})

describe('takeOver', () => {
  const ours = entry(us, 'Apply', { 'f:data': { 'f:a': {} } }, { time: 't1' })
  const scale = entry('kubectl', 'Update', { 'f:spec': {} }, { subresource: 'scale' })
  const other = entry('other-controller', 'Update', { 'f:data': { 'f:z': {} } })

  it('merges kubectl, before-first-apply, our own updates and disallowed managers into our entry, at the end', () => {
    const entries = [
      ours,
      other,
      scale,
      entry('kubectl-edit', 'Update', { 'f:data': { 'f:b': {} } }),
      entry('kubectl', 'Apply', { 'f:data': { 'f:c': {} } }),
      entry('before-first-apply', 'Update', { 'f:data': { 'f:d': {} } }),
      entry(us, 'Update', { 'f:data': { 'f:e': {} } }),
      entry('legacy-tool', 'Apply', { 'f:data': { 'f:f': {} } }),
    ]
    const all = { 'f:a': {}, 'f:b': {}, 'f:c': {}, 'f:d': {}, 'f:e': {}, 'f:f': {} }
    expect(takeOver(entries, rules, us)).toEqual([other, scale, { ...ours, fieldsV1: { 'f:data': all } }])
  })
  it('renames the first one taken when we have no entry', () => {
    const edit = entry('kubectl-client-side-apply', 'Update', { 'f:data': { 'f:b': {} } }, { time: 't2' })
    expect(takeOver([other, edit], rules, us)).toEqual([other, { ...edit, manager: us, operation: 'Apply' }])
  })
  it.each([
    ['our own entry', [ours]],
    ['other controllers', [ours, other]],
    ['subresources', [ours, scale]],
    ['managers that the rules exempt by name', [ours, entry('flux-client-side-apply', 'Update', {})]],
    ['an Apply where only Update is taken', [ours, entry('before-first-apply', 'Apply', {})]],
  ])('leaves %s alone', (_name, entries) => expect(takeOver(entries, rules, us)).toBeUndefined())
})

describe('cleanupPatch', () => {
  const object = (metadata: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x', resourceVersion: '7', ...metadata },
  })
  it('is empty when there is nothing to clean', () => {
    expect(cleanupPatch(object({ annotations: { a: 'b' }, managedFields: [] }), rules, us)).toEqual([])
  })
  it('removes bookkeeping of other tools and is bound to the version that was read', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'fluxcd.io/sync-checksum': 'x',
      a: 'b',
    }
    expect(cleanupPatch(object({ annotations, labels: { 'fluxcd.io/sync-gc-mark': 'x' } }), rules, us)).toEqual([
      { op: 'remove', path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration' },
      { op: 'remove', path: '/metadata/annotations/fluxcd.io~1sync-checksum' },
      { op: 'remove', path: '/metadata/labels/fluxcd.io~1sync-gc-mark' },
      { op: 'replace', path: '/metadata/resourceVersion', value: '7' },
    ])
  })
  it('marks all entries with the applied version, when asked to migrate', () => {
    const entries = [entry(us, 'Apply', {}), { ...entry('x', 'Update', {}), apiVersion: 'v2' }]
    expect(migrationPatch(object({ managedFields: entries }), 'v2')[0]).toEqual({
      op: 'replace',
      path: '/metadata/managedFields',
      value: entries.map((each) => ({ ...each, apiVersion: 'v2' })),
    })
    expect(migrationPatch(object({ managedFields: [entry(us, 'Apply', {})] }), 'v1')).toEqual([])
  })
})

describe('JSON pointers', () => {
  const document = { a: { 'b/c': [1, { d: 2 }], '~': 3 } }
  it.each([
    ['/a/b~1c/1/d', 2],
    ['/a/b~1c/-1/d', 2],
    ['/a/~0', 3],
    ['/a/b~1c/7', undefined],
    ['/x/y', undefined],
    ['', document],
  ])('%s', (pointer, value) => expect(valueAtPointer(document, parsePointer(pointer) ?? ['?'])).toEqual(value))
  it('edits copies, and nothing where nothing is', () => {
    const path = ['a', 'b/c', '0']
    expect(removeAt(document, path)).toEqual({ a: { 'b/c': [{ d: 2 }], '~': 3 } })
    expect(replaceAt(document, path, 9)).toEqual({ a: { 'b/c': [9, { d: 2 }], '~': 3 } })
    expect(removeAt(document, ['a', 'none'])).toEqual(document)
    expect(document.a['b/c'][0]).toBe(1)
    expect(parsePointer('a/b')).toBeUndefined()
  })
})

describe('ignore rules', () => {
  const object = (replicas: number, image: string, managedFields: ManagedFieldsEntry[] = []): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x', managedFields },
    spec: { replicas, containers: [{ name: 'app', image }] },
  })
  const paths = [
    ['spec', 'replicas'],
    ['spec', 'containers', '0', 'image'],
  ]
  it('hold for the objects that match', () => {
    const rule = { paths: ['/spec/replicas'], matches: ({ kind }: KubeObject) => kind === 'Deployment' }
    expect(ignoredPaths([rule], object(1, 'a'))).toEqual([['spec', 'replicas']])
    expect(ignoredPaths([rule], { ...object(1, 'a'), kind: 'Other' })).toEqual([])
    expect(withoutPaths(object(1, 'a'), paths)['spec']).toEqual({ containers: [{ name: 'app' }] })
  })
  it.each(['spec/replicas', ''])('refuse %j', (path) => {
    expect(() => ignoredPaths([{ paths: [path] }], object(1, 'a'))).toThrow(
      expect.objectContaining({ code: 'InvalidIgnoreRule' }),
    )
  })
  it('give up what another manager applies and keep the live value of the rest', () => {
    const image = { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } }
    const live = object(5, 'live', [
      entry(us, 'Apply', { 'f:spec': { 'f:replicas': {} } }),
      entry('updater', 'Apply', image),
    ])
    const payload = adoptIgnored(object(1, 'git'), live, object(1, 'git'), paths, isOurs)
    expect(payload['spec']).toEqual({ replicas: 5, containers: [{ name: 'app' }] })
  })
  it('adopt what a manager applies whose entry becomes ours before we apply', () => {
    const live = object(5, 'live', [
      entry(us, 'Apply', { 'f:spec': { 'f:containers': {} } }),
      entry('kubectl', 'Apply', { 'f:spec': { 'f:replicas': {} } }),
    ])
    const send = (owns: (of: ManagedFieldsEntry) => boolean): KubeObject =>
      adoptIgnored(object(1, 'git'), live, object(1, 'git'), [['spec', 'replicas']], owns)
    expect(send((of) => isOurs(of) || isTakenOver(of, rules))['spec']).toMatchObject({ replicas: 5 })
    expect(send(isOurs)['spec']).not.toHaveProperty('replicas')
  })
  it('send what does not differ as it is, and leave out what is not there', () => {
    const live: KubeObject = { ...object(1, 'git'), spec: { containers: [{ name: 'app', image: 'git' }] } }
    const payload = adoptIgnored(object(1, 'git'), live, object(1, 'git'), paths, isOurs)
    expect(payload['spec']).toEqual({ containers: [{ name: 'app', image: 'git' }] })
  })
})
