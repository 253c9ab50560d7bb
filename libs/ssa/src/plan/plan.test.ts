// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { KubeError } from '@tidelock/kube'
import { mapBounded } from './map-bounded.ts'
import { isImmutable, refusalOf } from './refusal.ts'
import { withoutUndeclared } from './undeclared.ts'

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }

describe('refusalOf', () => {
  it.each([
    [
      new KubeError('Invalid', 'Deployment.apps "web" is invalid', { status: 422, reason: 'Invalid' }),
      'Deployment/shop/web dry-run failed (Invalid): Deployment.apps "web" is invalid',
    ],
    [
      new KubeError('KindNotFound', 'no matches for kind "Deployment"'),
      'Deployment/shop/web dry-run failed: no matches for kind "Deployment"',
    ],
    [
      new KubeError('NotFound', 'namespaces "shop" not found', { status: 404, reason: 'NotFound' }),
      'Deployment/shop/web not found: namespaces "shop" not found',
    ],
    [
      new KubeError('Conflict', 'Apply failed with 1 conflict', {
        status: 409,
        reason: 'Conflict',
        causes: [{ reason: 'FieldManagerConflict' }],
      }),
      'Deployment/shop/web dry-run failed (FieldManagerConflict): Apply failed with 1 conflict',
    ],
    [new Error('plain'), 'Deployment/shop/web dry-run failed: plain'],
  ])('%s', (error, message) => expect(refusalOf(ref, error).message).toBe(message))
})

describe('isImmutable', () => {
  it.each([
    [new KubeError('Invalid', 'x'), true],
    [new KubeError('Conflict', 'x'), true],
    [new KubeError('BadRequest', 'admission webhook denied: spec is immutable'), true],
    [new KubeError('Forbidden', 'cannot change immutable field name'), true],
    [new KubeError('Forbidden', 'no'), false],
  ])('%s: %s', (error, expected) => expect(isImmutable(error)).toBe(expected))
})

describe('withoutUndeclared', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: {
      replica: 1,
      template: {
        spec: {
          containers: [
            { name: 'a' },
            { name: 'b', imagePull: 'x', ports: [{ containerPort: 80, protocol: 'TCP', oops: 1 }] },
          ],
        },
      },
    },
  }
  it('drops exactly what the server names', () => {
    const error = new KubeError(
      'ServerError',
      'failed to create typed patch object (n/x; apps/v1, Kind=Deployment): errors:\n  .spec.replica: field not declared in schema\n  .spec.template.spec.containers[name="b"].imagePull: field not declared in schema\n  .spec.template.spec.containers[name="b"].ports[containerPort=80,protocol="TCP"].oops: field not declared in schema',
    )
    expect(withoutUndeclared(object, error)?.object).toEqual({
      ...object,
      spec: {
        template: {
          spec: { containers: [{ name: 'a' }, { name: 'b', ports: [{ containerPort: 80, protocol: 'TCP' }] }] },
        },
      },
    })
  })
  it.each([
    ['another error', object, 'is invalid'],
    ['a name that can be read in many ways', object, `: .spec.${'[a]'.repeat(2000)} x: field not declared in schema`],
    ['dots and brackets without end', object, `${' .['.repeat(200_000)}: field not declared in schema`],
    ['a path that leads nowhere', object, '.spec.nothing: field not declared in schema'],
    ['a custom resource', { ...object, apiVersion: 'example.com/v1' }, '.spec.replica: field not declared in schema'],
  ])('leaves %s alone', (_name, input, message) => {
    expect(withoutUndeclared(input, new KubeError('ServerError', message))).toBeUndefined()
  })
})

describe('mapBounded', () => {
  it('keeps the order and the bound', async () => {
    let active = 0
    let most = 0
    const results = await mapBounded([5, 1, 4, 2, 3], 2, async (item) => {
      most = Math.max(most, ++active)
      for (let i = 0; i < item; i++) await Promise.resolve()
      active--
      return item * 10
    })
    expect({ results, most }).toEqual({ results: [50, 10, 40, 20, 30], most: 2 })
  })
  it('begins nothing more after a throw, or when told to stop', async () => {
    const begun: number[] = []
    const map = async (item: number): Promise<number> => {
      begun.push(item)
      await Promise.resolve()
      if (item === 2) throw new Error('two')
      return item
    }
    await expect(mapBounded([1, 2, 3, 4, 5], 1, map)).rejects.toThrow('two')
    expect(begun).toEqual([1, 2])
    expect(
      await mapBounded(
        [1, 3],
        1,
        async (item) => item,
        () => true,
      ),
    ).toEqual([undefined, undefined])
  })
})
