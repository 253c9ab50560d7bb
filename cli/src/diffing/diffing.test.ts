// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import type { Json, KubeObject } from '@tidelock/api'
import { anything, array, assert, dictionary, integer, oneof, property, string } from 'fast-check'
import colorSet from 'picocolors'
import { compare } from './compare.ts'
import { printDiff } from './print-diff.ts'
import { printDifferences } from './print-difference.ts'
import { asSopsDiff } from './sops-diff.ts'

const print = (from: Json, to: Json, columns = 80, colored = false): string =>
  printDifferences(compare(from, to), { colors: colorSet.createColors(colored), columns })

const container = (name: string, image: string): Json => ({ name, image })

describe('a comparison', () => {
  it.each<[string, Json, Json, string]>([
    ['of equal values says nothing', { a: [1] }, { a: [1] }, '\n'],
    [
      'names a value by its path',
      { spec: { replicas: 1 } },
      { spec: { replicas: 2 } },
      '\nspec.replicas\n± value change\n- 1\n+ 2\n\n',
    ],
    [
      'names entries of lists by their name',
      { containers: [container('app', 'app:1'), container('proxy', 'proxy:1')] },
      { containers: [container('proxy', 'proxy:2'), container('app', 'app:1')] },
      '\ncontainers\n⇆ order changed\n- app, proxy\n+ proxy, app\n\ncontainers.proxy.image\n± value change\n- proxy:1\n+ proxy:2\n\n',
    ],
    [
      'looks into the only entry of a list without a name',
      { ports: [{ port: 80 }] },
      { ports: [{ port: 81 }] },
      '\nports.0.port\n± value change\n- 80\n+ 81\n\n',
    ],
    [
      'tells entries without a name apart by a telling field',
      { ports: [{ port: 80, targetPort: 8080 }, { port: 81 }] },
      { ports: [{ port: 80, targetPort: 9090 }, { port: 82 }] },
      '\nports\n- one list entry removed:   + one list entry added:\n  - port: 81                  - port: 82\n\nports.80.targetPort\n± value change\n- 8080\n+ 9090\n\n',
    ],
    [
      'counts what came and went in plain lists',
      { args: ['a', 'b', 'b', 'c'] },
      { args: ['b', 'c', 'd', 'e'] },
      '\nargs\n- two list entries removed:   + two list entries added:\n  - a                           - d\n  - b                           - e\n\n',
    ],
    [
      'shows a map that came',
      { metadata: { name: 'x' } },
      { metadata: { name: 'x', labels: { a: 'yes', b: 'c' } } },
      '\nmetadata\n+ one map entry added:\n  labels:\n    a: "yes"\n    b: c\n\n',
    ],
    [
      'reports the root',
      { a: 1 },
      { b: 1 },
      '\n(root level)\n- one map entry removed:   + one map entry added:\n  a: 1                       b: 1\n\n',
    ],
    [
      'tells types',
      { a: 1, b: null },
      { a: '1', b: {} },
      '\na\n± type change from int to string\n- 1\n+ "1"\n\nb\n± type change from <nil> to map\n- <nil>\n+ {}\n\n',
    ],
    ['shows white space', { a: 'x y\n' }, { a: 'x  y' }, '\na\n± whitespace only change\n- x·y↵\n+ x··y\n\n'],
  ])('%s', (_name, from, to, text) => expect(print(from, to)).toBe(text))

  it('shows the lines around a change of a long text, and how many it leaves out', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`)
    const text = print({ a: `${lines.join('\n')}\n` }, { a: `${lines.with(5, 'other').join('\n')}\n` })
    expect(text.trim().split('\n')).toEqual([
      'a',
      '± value change in multiline text (one insert, one deletion)',
      '  [3 lines unchanged]',
      '  line 3',
      '  line 4',
      '- line 5',
      '+ other',
      '  line 6',
      '  line 7',
      '  [4 lines unchanged]',
    ])
  })

  it('puts blocks below each other where they do not fit', () => {
    const [from, to] = [{ 'some-long-key': 'x'.repeat(20) }, { 'another-key': 'z' }]
    expect(print(from, to, 62).split('\n')).toHaveLength(6)
    expect(print(from, to, 40).split('\n')).toEqual([
      ...['', '(root level)', '- one map entry removed:', `  some-long-key: ${'x'.repeat(20)}`],
      ...['+ one map entry added:', '  another-key: z', '', ''],
    ])
  })

  it('is the same text in colours, with what changed within a line in bold', () => {
    const [from, to] = [{ image: 'ghcr.io/app:1.0.1' }, { image: 'ghcr.io/app:1.0.2' }]
    const colored = print(from, to, 80, true)
    expect(stripVTControlCharacters(colored)).toBe(print(from, to))
    expect(colored).toContain('\u001B[1m2')
  })

  it('does not let values move the cursor', () => {
    const text = print(
      { a: 'x', b: 'one\ntwo' },
      { a: '\u001B[2Jy', b: 'one\n\u001B]0;title\u0007', '\u009B2J': '\u202E' },
    )
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u)
    expect(text).toContain('\\u001b[2Jy')
  })

  it('says something exactly if something differs', () => {
    const leaf = oneof(integer({ min: 0, max: 2 }), string({ maxLength: 1 }))
    const value = oneof(leaf, array(leaf, { maxLength: 3 }), dictionary(string({ maxLength: 1 }), leaf, { maxKeys: 3 }))
    const object = dictionary(string({ maxLength: 1 }), value, { maxKeys: 3 })
    assert(
      property(object, object, (from, to) => {
        expect(compare(from, to).length > 0).toBe(JSON.stringify(sorted(from)) !== JSON.stringify(sorted(to)))
      }),
    )
    assert(
      property(anything({ withObjectString: false, values: [leaf] }), (x) =>
        expect(compare(x as Json, x as Json)).toEqual([]),
      ),
    )
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .map(([key, inner]) => [key, sorted(inner)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

describe('a diff', () => {
  it('has a line an object', () => {
    const object = (data: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { key: data },
    })
    const text = printDiff(
      [
        { kind: 'created', subject: 'ConfigMap/ns/a' },
        { kind: 'created', subject: 'ConfigMap/ns/b', note: 'not validated' },
        { kind: 'drifted', subject: 'ConfigMap/ns/c', sides: [object('1'), object('2')] },
        { kind: 'drifted', subject: 'ConfigMap/ns/d' },
        { kind: 'skipped', subject: 'ConfigMap/ns/e' },
        { kind: 'nested', subject: 'Kustomization/ns/f', lines: [{ kind: 'deleted', subject: 'ConfigMap/ns/g' }] },
        { kind: 'remote', subject: 'Kustomization/ns/h' },
      ],
      { colors: colorSet.createColors(false), columns: 80 },
    )
    expect(text).toBe(
      [
        '► ConfigMap/ns/a created',
        '► ConfigMap/ns/b created (not validated)',
        '► ConfigMap/ns/c drifted\n\ndata.key\n± value change\n- 1\n+ 2\n',
        '► ConfigMap/ns/d drifted (the live object may not be read)',
        '► ConfigMap/ns/e skipped',
        '📁 Kustomization/ns/f changed',
        '► ConfigMap/ns/g deleted',
        '⚠️ Kustomization/ns/h skipped: diff not supported for remote clusters\n',
      ].join('\n'),
    )
  })
})

it('a diff is in the order of Flux’s', () => {
  const app = { name: 'app', image: 'a' }
  const added = { env: [{ value: 'b', name: 'A' }], image: 'z', name: 'side', resources: {} }
  const object = (data: string, containers: readonly object[]): KubeObject => ({
    ...{ kind: 'Thing', apiVersion: 'v1', metadata: { name: 'c', labels: { x: data } } },
    ...{ spec: { containers }, data: { key: data } },
  })
  const sides = [object('1', [app]), object('2', [app, added])] as const
  const options = { colors: colorSet.createColors(false), columns: 80 }
  const lines = printDiff([{ kind: 'drifted', subject: 'Thing/c', sides }], options).split('\n')
  expect(lines.filter((line) => /^(data|metadata|spec)/.test(line))).toEqual([
    'data.key',
    'metadata.labels.x',
    'spec.containers',
  ])
  expect(lines.slice(lines.indexOf('  - name: side')).slice(0, 6)).toEqual([
    ...['  - name: side', '    image: z', '    resources: {}', '    env:', '    - name: A', '      value: b'],
  ])
})

describe('the dry run of a Secret that SOPS encrypted', () => {
  const secret = (data: Record<string, string>, labels = {}): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', labels }, data },
  })
  const mask = 'KipTT1BTKio='
  const configured = (live: KubeObject, merged: KubeObject) => ({
    ...{ object: { apiVersion: 'v1', kind: 'Secret', name: 's' }, subject: 'Secret/s', action: 'configured' as const },
    ...{ live, merged },
  })

  it('has nothing to say of values', () => {
    const result = configured(secret({ a: '*** (before)' }), secret({ a: '*** (after)' }))
    expect(asSopsDiff(secret({ a: mask }), result)).toEqual({
      object: result.object,
      subject: 'Secret/s',
      action: 'unchanged',
    })
    expect(asSopsDiff(secret({ a: 'eA==' }), result)).toBe(result)
  })

  it('tells which keys came and went, and other changes', () => {
    const keys = asSopsDiff(secret({ b: mask }), configured(secret({ a: '***' }), secret({ b: '***' })))
    expect([keys.live?.['data'], keys.merged?.['data']]).toEqual([{ a: '*****' }, { b: '*****' }])
    const labels = asSopsDiff(secret({ a: mask }), configured(secret({ a: '***' }), secret({ a: '***' }, { x: 'y' })))
    expect(labels.action).toBe('configured')
  })
})
