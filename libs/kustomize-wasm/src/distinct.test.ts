// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assertDistinct } from './distinct.ts'
import type { BuiltObject } from './build.ts'

function object(name: string, namespace?: string, kind = 'ConfigMap'): BuiltObject {
  return {
    object: { apiVersion: 'v1', kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
    yaml: '',
  }
}

describe('assertDistinct', () => {
  it.each([
    ['other names', [object('a'), object('b')]],
    ['other namespaces', [object('a', 'x'), object('a', 'y'), object('a')]],
    ['other kinds', [object('a'), object('a', undefined, 'Secret')]],
    ['nothing', []],
  ])('accepts %s', (_name, objects) => {
    expect(() => assertDistinct(objects)).not.toThrow()
  })

  it.each([
    ['the same', [object('a', 'x'), object('b'), object('a', 'x')], 'ConfigMap/x/a stands twice'],
    ['the default namespace left out', [object('a'), object('a', 'default')], 'ConfigMap/default/a stands twice'],
  ])('refuses %s', (_name, objects, message) => {
    expect(() => assertDistinct(objects)).toThrow(message)
  })
})
