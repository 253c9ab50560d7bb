// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { noKinds } from '../guards/kind-set.ts'
import type { BuildInputs } from './build-inputs.ts'
import { skipKeyOf } from './build-inputs.ts'
import { digestReadSet } from './tree-digest.ts'
import { treeIndexOf } from './tree-index.ts'

const inputs: BuildInputs = {
  uid: 'u',
  spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'app' }, path: './app' },
  tree: 't',
  variables: [{ subject: 'ConfigMap/apps/vars', uid: 'c', resourceVersion: '1' }],
  keys: [{ subject: 'Secret/apps/keys', uid: 'k', resourceVersion: '1' }],
  target: 'own',
  options: {
    version: '1.0.0',
    fieldManager: 'kustomize-controller',
    requeueDependencyMs: 30_000,
    concurrentSsa: 4,
    noCrossNamespaceRefs: false,
    overrideManagers: [],
    customStageKinds: new Set(['apps/Deployment']),
    strictSubstitution: true,
    failFast: true,
    additiveReadyExpr: false,
    cancelHealthChecks: false,
    allowExternalArtifact: false,
    groupChangeLog: false,
    migrateApiVersion: false,
    directSourceFetch: false,
    cacheConfigs: false,
    watchConfigs: true,
    workloadIdentity: false,
    decryption: {
      namespace: 'flux-system',
      sopsAgeSecret: '',
      sopsVaultConfigMap: '',
      defaultServiceAccount: '',
      verifyMac: 'off',
    },
    settings: { drift: 'correct', pruneBudget: undefined, protectedKinds: noKinds, refuseEmptySource: false },
  },
}

describe('the skip key', () => {
  const vars = { subject: 'ConfigMap/apps/vars', uid: 'c', resourceVersion: '1' }

  it.each<[string, Partial<BuildInputs>]>([
    ['the object', { uid: 'other' }],
    ['a field of the spec', { spec: { ...inputs.spec, path: './other' } }],
    ['the files', { tree: 'other' }],
    ['the target', { target: 'other' }],
    ['a variable source', { variables: [{ ...vars, resourceVersion: '2' }] }],
    ['a variable source that was made again', { variables: [{ ...vars, uid: 'd' }] }],
    ['a variable source that is gone', { variables: [{ ...vars, uid: '', resourceVersion: '' }] }],
    ['a key that was renewed', { keys: [{ subject: 'Secret/apps/keys', uid: 'k', resourceVersion: '2' }] }],
    ['a flag', { options: { ...inputs.options, strictSubstitution: false } }],
    ['the version', { options: { ...inputs.options, version: '1.0.1' } }],
    ['a flag that is a set', { options: { ...inputs.options, customStageKinds: new Set() } }],
  ])('changes with %s', (_what, change) => {
    expect(skipKeyOf({ ...inputs, ...change })).not.toBe(skipKeyOf(inputs))
  })

  it('does not change with the order of members', () => {
    const { uid, spec, ...rest } = inputs
    const { path = '', ...other } = spec
    expect(skipKeyOf({ ...rest, spec: { path, ...other }, uid })).toBe(skipKeyOf(inputs))
  })
})

describe('the digest of a read set', () => {
  const file = (path: string, content = 'a') => ({ path, sha256: content.repeat(64), mode: 0o600, size: 1 })
  const index = (files: readonly string[], directories: readonly string[] = ['app']) =>
    treeIndexOf({ version: 1, files: files.map((path) => file(path)), directories })
  const readSet = { files: ['app/a.yaml'], missing: ['app/Kustomization'], directories: ['app'] }
  const digest = digestReadSet(readSet, index(['app/a.yaml']))

  it('does not change with what was not read', () => {
    expect(digestReadSet(readSet, index(['app/a.yaml', 'other/b.yaml'], ['app', 'other']))).toBe(digest)
  })

  it('changes with the content of a file', () => {
    const changed = treeIndexOf({ version: 1, files: [file('app/a.yaml', 'b')], directories: ['app'] })
    expect(digestReadSet(readSet, changed)).not.toBe(digest)
  })

  it('changes with a file, or a directory, where none was found', () => {
    const { directories: _listed, ...rest } = readSet
    const unlisted = { ...rest, directories: [] }
    const before = digestReadSet(unlisted, index(['app/a.yaml']))
    expect(digestReadSet(unlisted, index(['app/Kustomization', 'app/a.yaml']))).not.toBe(before)
    expect(digestReadSet(unlisted, index(['app/a.yaml'], ['app', 'app/Kustomization']))).not.toBe(before)
  })

  it('changes with the entries of a listed directory, and with what they are', () => {
    const withFile = digestReadSet(readSet, index(['app/a.yaml', 'app/b']))
    const withDirectory = digestReadSet(readSet, index(['app/a.yaml'], ['app', 'app/b']))
    expect(new Set([digest, withFile, withDirectory]).size).toBe(3)
  })

  it('is undefined when a file or directory is not there', () => {
    expect(digestReadSet(readSet, index([]))).toBeUndefined()
    expect(digestReadSet(readSet, index(['app/a.yaml'], []))).toBeUndefined()
  })

  it('knows the root', () => {
    const root = { files: [], missing: [], directories: ['.'] }
    expect(digestReadSet(root, index(['a'], []))).not.toBe(digestReadSet(root, index(['b'], [])))
  })
})
