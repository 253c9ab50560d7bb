// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseFor } from './flux-kinds.ts'
import { eventRow, eventTimeMs, lastSeen } from './kubernetes-event.ts'
import type { KubernetesEvent } from './kubernetes-event.ts'

const now = Date.parse('2026-01-01T12:00:00Z')
const event = (fields: Partial<KubernetesEvent>): KubernetesEvent => ({
  ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'a', namespace: 'b' }, ...fields },
})

describe('an event', () => {
  const firstTimestamp = '2026-01-01T10:00:00Z'
  const lastTimestamp = '2026-01-01T11:59:30Z'
  it.each<[string, Partial<KubernetesEvent>, string]>([
    ['seen once', { firstTimestamp, lastTimestamp, count: 1 }, '120m'],
    ['seen often', { firstTimestamp, lastTimestamp, count: 3 }, '30s (x3 over 120m)'],
    ['of the newer API', { eventTime: '2026-01-01T11:59:00.123456Z', firstTimestamp: null }, '59s'],
    [
      'of a series',
      { eventTime: '2026-01-01T11:00:00Z', series: { count: 2, lastObservedTime: lastTimestamp } },
      '30s (x2 over 60m)',
    ],
    ['without a time', {}, '<unknown>'],
  ])('%s was seen so long ago', (_title, fields, text) => expect(lastSeen(event(fields), now)).toBe(text))

  it('sorts by when it was last seen', () => {
    const times = [
      {},
      { lastTimestamp },
      { eventTime: firstTimestamp },
      { series: { lastObservedTime: firstTimestamp } },
    ]
    expect(times.map((fields) => eventTimeMs(event(fields)))).toEqual([
      ...[0, Date.parse(lastTimestamp), Date.parse(firstTimestamp), Date.parse(firstTimestamp)],
    ])
  })

  it('is a row', () => {
    const involvedObject = { kind: 'Kustomization', name: 'apps' }
    const fields = { type: 'Normal', reason: 'Ok', message: 'applied', involvedObject, firstTimestamp: lastTimestamp }
    expect(eventRow(event(fields), now)).toEqual(['30s', 'Normal', 'Ok', 'Kustomization/apps', 'applied'])
  })
})

describe('--for', () => {
  it.each([
    ['kustomization', 'Kustomization', undefined],
    ['GITREPOSITORY/fleet', 'GitRepository', 'fleet'],
  ])('%s', (text, kind, name) => {
    const selector = parseFor(text)
    expect({ kind: selector.kind, name: selector.name }).toEqual({ kind, name })
  })

  it.each([
    ['', '--for selector must be of format <kind>[/<name>]'],
    ['a/b/c', '--for selector must be of format <kind>[/<name>]'],
    ['Kustomization/', '--for selector must be of format <kind>[/<name>]'],
    ['Pod/a', "--for: 'Pod' is not a recognized Flux kind"],
    ['Kustomizatoin', '(Did you mean Kustomization?)'],
  ])('refuses %j', (text, message) => expect(() => parseFor(text)).toThrow(message))

  it.each([
    [
      'kustomization/a',
      { sourceRef: { kind: 'OCIRepository', name: 's', namespace: 'other' } },
      ['OCIRepository/other/s'],
    ],
    ['kustomization/a', { sourceRef: { kind: 'Bucket', name: 's' } }, ['Bucket/ns/s']],
    ['alert/a', { providerRef: { name: 'slack' } }, ['Provider/ns/slack']],
    [
      'helmrelease/a',
      { chart: { spec: { sourceRef: { kind: 'HelmRepository', name: 'r', namespace: 'charts' } } } },
      ['HelmRepository/charts/r', 'HelmChart/charts/ns-a'],
    ],
    ['helmrelease/a', {}, []],
  ])('%s of %j is made from others', (text, spec, expected) => {
    const related = parseFor(text).related?.(spec, 'ns', 'a') ?? []
    expect(related.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`)).toEqual(expected)
  })
})
