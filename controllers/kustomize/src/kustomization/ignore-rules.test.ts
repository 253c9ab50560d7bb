// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { KubeObject, KustomizationSpec } from '@tidelock/api'
import { compileIgnoreRules } from './ignore-rules.ts'

const object: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web-1', namespace: 'prod', labels: { app: 'web' }, annotations: { 'example.com/scaled': 'yes' } },
}

type Rule = NonNullable<KustomizationSpec['ignore']>[number]

function compile(...ignore: Rule[]) {
  return compileIgnoreRules({ spec: { ignore } as unknown as KustomizationSpec })
}

it.each<[Rule['target'], boolean]>([
  [undefined, true],
  [{}, true],
  [{ group: 'apps', version: 'v1', kind: 'Deployment', name: 'web-1', namespace: 'prod' }, true],
  [{ kind: 'Deploy.*' }, true],
  [{ kind: 'Deploy' }, false],
  [{ name: 'web-\\d|api' }, true],
  [{ name: 'web' }, false],
  [{ name: 'eb-1' }, false],
  [{ name: 'a|web-1' }, true],
  [{ group: 'app' }, false],
  [{ namespace: 'prod|test' }, true],
  [{ namespace: 'staging' }, false],
  [{ labelSelector: 'app in (web, api)' }, true],
  [{ labelSelector: 'app!=web' }, false],
  [{ annotationSelector: 'example.com/scaled=yes' }, true],
  [{ annotationSelector: '!example.com/scaled' }, false],
  [{ kind: 'Deployment', labelSelector: 'app=api' }, false],
])('target %j matches: %s', (target, expected) => {
  const [rule] = compile({ paths: ['/spec/replicas'], ...(target === undefined ? {} : { target }) })
  expect(rule?.matches?.(object) ?? true).toBe(expected)
})

it('an object without a namespace, labels and annotations is matched as one with empty ones', () => {
  const [rule] = compile({ paths: ['/a'], target: { namespace: '.*', labelSelector: 'a!=b' } })
  expect(rule?.matches?.({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } })).toBe(true)
})

it.each<[Rule, RegExp]>([
  [{ paths: ['spec/replicas'] }, /"spec\/replicas" is not a JSON pointer/],
  [{ paths: [''] }, /is not a JSON pointer to a field/],
  [
    { paths: ['/a'], target: { kind: '[' } },
    /invalid kind regex in spec\.ignore\[0\]\.target\.kind: .*missing closing \]/,
  ],
  [{ paths: ['/a'], target: { name: '(?=x)' } }, /invalid name regex in spec\.ignore\[0\]\.target\.name/],
  [{ paths: ['/a'], target: { labelSelector: 'a=b=c' } }, /invalid label selector .*unable to parse selector 'a=b=c'/],
  [{ paths: ['/a'], target: { annotationSelector: ',' } }, /invalid annotation selector/],
])('%j is refused', (rule, words) => {
  expect(() => compile(rule)).toThrow(words)
})

it('regular expressions are bounded, each and together', () => {
  const large = { paths: ['/a'], target: { name: '(a?){1000}'.repeat(50) } }
  expect(() => compile(large)).toThrow(
    /spec\.ignore\[0\]\.target\.name: the regular expression is larger than 2000 steps/,
  )
  const many = Array.from({ length: 200 }, () => ({ paths: ['/a'], target: { name: 'a{900}' } }))
  expect(() => compile(...many)).toThrow(/the regular expressions of all rules are too large together/)
  const usual = Array.from({ length: 200 }, () => ({
    paths: ['/a'],
    target: { kind: 'Deployment|StatefulSet', name: 'web-.*' },
  }))
  expect(compile(...usual)).toHaveLength(200)
})
