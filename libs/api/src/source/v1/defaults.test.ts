// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import {
  gitProvider,
  gitVerificationMode,
  helmRepositoryType,
  includeTarget,
  layerOperation,
  sourceInterval,
  sourceTimeout,
} from './defaults.ts'
import type { GitRepository, GitRepositorySpec } from './git-repository.ts'

const repository = (spec: Partial<GitRepositorySpec>): GitRepository => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: { name: 'fleet' },
  spec: { interval: '1m', url: 'https://example.com/fleet', ...spec },
})
const secretRef = { name: 'keys' }

describe('what a source that says nothing gets', () => {
  it('times', () => {
    expect(sourceTimeout(repository({}))).toBe(60_000)
    expect(sourceTimeout(repository({ timeout: '90s' }))).toBe(90_000)
    expect(sourceInterval(repository({ interval: '1m30s' }))).toBe(90_000)
    expect(sourceInterval({ spec: {} })).toBeUndefined()
  })
  it('Git', () => {
    expect(gitProvider(repository({}))).toBe('generic')
    expect(gitProvider(repository({ provider: 'github' }))).toBe('github')
    expect(gitVerificationMode(repository({}))).toBeUndefined()
    expect(gitVerificationMode(repository({ verify: { secretRef } }))).toBe('HEAD')
    expect(gitVerificationMode(repository({ verify: { mode: 'head', secretRef } }))).toBe('HEAD')
    expect(gitVerificationMode(repository({ verify: { mode: 'TagAndHEAD', secretRef } }))).toBe('TagAndHEAD')
    expect(includeTarget({ repository: { name: 'lib' } })).toBe('lib')
    expect(includeTarget({ repository: { name: 'lib' }, toPath: '' })).toBe('lib')
    expect(includeTarget({ repository: { name: 'lib' }, toPath: 'vendor' })).toBe('vendor')
  })
  it('OCI and Helm', () => {
    expect(layerOperation(undefined)).toBe('extract')
    expect(layerOperation({ mediaType: 'x' })).toBe('extract')
    expect(layerOperation({ operation: 'copy' })).toBe('copy')
    const helm = { ...repository({}), kind: 'HelmRepository', spec: { url: 'https://example.com' } }
    expect(helmRepositoryType(helm as never)).toBe('default')
  })
})
