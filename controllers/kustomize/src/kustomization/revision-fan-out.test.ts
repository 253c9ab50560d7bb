// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Artifact, Kustomization } from '@tidelock/api'
import { systemClock } from '@tidelock/api'
import { createLogger } from '@tidelock/runtime'
import { fanOutRevision, splitByHit } from './revision-fan-out.ts'
import type { RevisionFanOutOptions } from './revision-fan-out.ts'
import { SecretValues } from './secret-values.ts'
import type { AppliedBuild } from './skip/applied-builds.ts'
import { AppliedBuilds } from './skip/applied-builds.ts'
import { digestReadSet } from './skip/tree-digest.ts'
import { treeIndexOf } from './skip/tree-index.ts'

function user(name: string, dependsOn: readonly string[] = [], ready = 'True'): Kustomization {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'ns' },
    spec: {
      ...{ interval: '1h', prune: true, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
      dependsOn: dependsOn.map((dependency) => ({ name: dependency })),
    },
    status: { conditions: [{ type: 'Ready', status: ready, reason: 'X', message: '', lastTransitionTime: '' }] },
  } as Kustomization
}

const indexOf = (files: Readonly<Record<string, string>>) => ({
  version: 1 as const,
  files: Object.entries(files).map(([path, content]) => ({ path, sha256: content.repeat(64), mode: 0o600, size: 1 })),
  directories: [],
})
const artifact = { revision: 'new', digest: 'sha256:2', url: '', path: '', lastUpdateTime: '' } as Artifact

/** A head start that says in the list when it is over. */
function headStartIn(put: string[]): RevisionFanOutOptions['headStart'] {
  return {
    give: (keys) => {
      put.push(`-- ${keys.map(({ name }) => name).join(' ')}`)
      return Promise.resolve().then(() => void put.push('--'))
    },
  }
}

/** What is put on the queue when each user, by name, built the file of that name, and a revision has these files. */
async function queued(
  users: readonly Kustomization[],
  before: Readonly<Record<string, string>>,
  readIndex: () => Promise<ReturnType<typeof indexOf>>,
): Promise<string[]> {
  const applied = new AppliedBuilds(0)
  for (const name of Object.keys(before)) {
    const readSet = { files: [name], missing: [], directories: [] }
    const tree = digestReadSet(readSet, treeIndexOf(indexOf(before))) ?? ''
    const rest = {
      skipKey: '',
      digest: '',
      changeSet: [],
      entries: [],
      secrets: new SecretValues(),
      packed: undefined,
      withheld: new Set<never>(),
    }
    const build: AppliedBuild = { ...rest, tree, readSet, artifactDigest: 'sha256:1' }
    applied.set({ namespace: 'ns', name }, build)
  }
  const put: string[] = []
  const options = {
    ...{ applied, clock: systemClock, artifacts: { readIndex }, engine: { warm: () => Promise.resolve() } },
    log: createLogger({ level: 'error', encoding: 'json' }, { write: () => undefined }),
    headStart: headStartIn(put),
    enqueue: ({ name }: { name: string }, { priority = '' }: { priority?: string }) => put.push(`${name} ${priority}`),
  }
  await fanOutRevision(options, users, artifact, { kind: 'GitRepository', namespace: 'ns', name: 'fleet' })
  return put
}

describe('fanOutRevision', () => {
  const users = [user('a'), user('b'), user('c')]

  it('puts those first that the revision changes', async () => {
    const index = () => Promise.resolve(indexOf({ a: '1', b: '2', c: '1' }))
    expect(await queued(users, { a: '1', b: '1', c: '1' }, index)).toEqual(['-- b', 'b normal', '--', 'a low', 'c low'])
  })

  it('counts whose file is gone, who never built and who is not ready as changed', async () => {
    const index = () => Promise.resolve(indexOf({ a: '1', d: '1' }))
    const all = [...users, user('d', [], 'False')]
    const first = ['-- b c d', 'b normal', 'c normal', 'd normal', '--']
    expect(await queued(all, { a: '1', b: '1', d: '1' }, index)).toEqual([...first, 'a low'])
  })

  it('waits for no run of one that is suspended', async () => {
    const index = () => Promise.resolve(indexOf({ a: '1', b: '2' }))
    const suspended = { ...user('b'), spec: { ...user('b').spec, suspend: true } }
    const all = [user('a'), suspended]
    expect(await queued(all, { a: '1', b: '1' }, index)).toEqual(['-- ', 'b normal', '--', 'a low'])
  })

  it('loses nobody when the index cannot be read', async () => {
    const fail = () => Promise.reject(new Error('not there'))
    expect(await queued(users, { a: '1', b: '1', c: '1' }, fail)).toEqual([
      '-- a b c',
      'a normal',
      'b normal',
      'c normal',
      '--',
    ])
  })

  it('asks for no index when nothing was built yet', async () => {
    const fail = () => Promise.reject(new Error('was asked'))
    expect(await queued(users, {}, fail)).toEqual(['a normal', 'b normal', 'c normal'])
  })
})

describe('splitByHit', () => {
  it('takes along what those that are hit wait for, in order', () => {
    const sorted = [
      user('base'),
      user('middle', ['base']),
      user('other'),
      user('top', ['middle']),
      user('z', ['other']),
    ]
    const { first, rest } = splitByHit(sorted, ({ metadata }) => metadata.name === 'top')
    expect(first.map(({ metadata }) => metadata.name)).toEqual(['base', 'middle', 'top'])
    expect(rest.map(({ metadata }) => metadata.name)).toEqual(['other', 'z'])
  })
})
