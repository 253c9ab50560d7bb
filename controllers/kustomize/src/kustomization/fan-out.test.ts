// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { fanOut } from './fan-out.ts'

interface State {
  readonly dependsOn?: readonly string[]
  readonly attempted?: string
  /** Condition that is True. */
  readonly is?: 'Ready' | 'Reconciling'
}

function user(name: string, { dependsOn = [], attempted, is }: State = {}): Kustomization {
  const conditions =
    is === undefined ? [] : [{ type: is, status: 'True', reason: 'X', message: '', lastTransitionTime: '' }]
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'ns' },
    spec: {
      interval: '1h',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      dependsOn: dependsOn.map((text) => {
        const [namespace, dependency] = text.includes('/') ? text.split('/') : [undefined, text]
        return { name: dependency ?? '', ...(namespace === undefined ? {} : { namespace }) }
      }),
    },
    status: { conditions, ...(attempted === undefined ? {} : { lastAttemptedRevision: attempted }) },
  } as Kustomization
}

const names = (users: readonly Kustomization[]): string[] => fanOut(users, 'new').map(({ metadata }) => metadata.name)

describe('fanOut', () => {
  it('puts dependencies first, whatever order they come in', () => {
    const users = [user('c', { dependsOn: ['b'] }), user('b', { dependsOn: ['a', 'other/x'] }), user('a'), user('z')]
    expect(names(users)).toEqual(['a', 'b', 'c', 'z'])
    expect(names(users.toReversed())).toEqual(['z', 'a', 'b', 'c'])
  })

  it('tells namespaces apart', () => {
    expect(names([user('b', { dependsOn: ['other/a'] }), user('a')])).toEqual(['b', 'a'])
  })

  it('leaves out who attempted the revision and is ready or at work, and keeps who failed at it', () => {
    const users = [
      user('ready', { attempted: 'new', is: 'Ready' }),
      user('working', { attempted: 'new', is: 'Reconciling' }),
      user('failed', { attempted: 'new' }),
      user('behind', { attempted: 'old', is: 'Ready' }),
    ]
    expect(names(users)).toEqual(['failed', 'behind'])
  })

  it('breaks a cycle and loses nobody', () => {
    expect(
      names([user('a', { dependsOn: ['b'] }), user('b', { dependsOn: ['a'] }), user('self', { dependsOn: ['self'] })]),
    ).toEqual(['b', 'a', 'self'])
  })

  it('stands a chain of 20,000', () => {
    const users = Array.from({ length: 20_000 }, (_, i) => user(`u${i}`, i === 0 ? {} : { dependsOn: [`u${i - 1}`] }))
    expect(names(users.toReversed())).toEqual(users.map(({ metadata }) => metadata.name))
  })
})
