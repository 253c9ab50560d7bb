// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { checkTrustPolicy } from './trust-policy.ts'

const statement = {
  ...{ name: 'a', registryScopes: ['*'], signatureVerification: { level: 'strict' } },
  ...{ trustStores: ['ca:x'], trustedIdentities: ['*'] },
}
const policy = (...trustPolicies: readonly object[]): object => ({ version: '1.0', trustPolicies })

describe('checkTrustPolicy', () => {
  it.each([
    ['one statement', policy(statement), 'fine'],
    ['skipping', policy({ name: 'a', registryScopes: ['b'], signatureVerification: { level: 'skip' } }), 'fine'],
    ['null', null, 'empty version'],
    ['no version', {}, 'empty version'],
    ['another version', { version: '2' }, 'unsupported version "2"'],
    ['no statement', policy(), 'zero trust policy statements'],
    ['no name', policy({ ...statement, name: '' }), 'missing a name'],
    ['a name twice', policy(statement, { ...statement, registryScopes: ['b'] }), 'use the same name "a"'],
    ['a scope twice', policy(statement, { ...statement, name: 'b' }), 'registry scope "*" is present in multiple'],
    ['no level', policy({ ...statement, signatureVerification: {} }), 'level must be one of strict, permissive'],
    ['no scope', policy({ ...statement, registryScopes: [] }), 'zero registry scopes'],
    ['no store', policy({ ...statement, trustStores: [] }), 'either missing trust stores or trusted identities'],
    ['skipping with stores', policy({ ...statement, signatureVerification: { level: 'skip' } }), 'set to skip'],
  ])('%s', (_title, value, problem) => {
    expect(checkTrustPolicy(value) ?? 'fine').toContain(problem)
  })
})
