// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { anyBytes, anyValue, crashOf, mutate } from '../../test/hostile.ts'
import { parseDistinguishedName } from './distinguished-name.ts'
import { parseTrustPolicy, statementFor } from './trust-policy.ts'

const statement = {
  name: 'apps',
  registryScopes: ['ghcr.io/org/app'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:any'],
  trustedIdentities: ['x509.subject:C=US, ST=WA, O=A'],
}
const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ version: '1.0', trustPolicies: statements })

describe('parseTrustPolicy', () => {
  it.each([
    ['strict', {}, ['enforce', 'enforce', 'enforce', 'enforce', 'enforce']],
    ['permissive', {}, ['enforce', 'enforce', 'log', 'log', 'log']],
    ['audit', {}, ['enforce', 'log', 'log', 'log', 'log']],
    ['strict', { revocation: 'skip', expiry: 'log' }, ['enforce', 'enforce', 'enforce', 'log', 'skip']],
    ['audit', { authenticity: 'enforce' }, ['enforce', 'enforce', 'log', 'log', 'log']],
  ])('reads the level %s with %j', (level, override, expected) => {
    const [parsed] = parseTrustPolicy(policyOf({ ...statement, signatureVerification: { level, override } }))
    const read = parsed?.level
    expect([read?.integrity, read?.authenticity, read?.authenticTimestamp, read?.expiry, read?.revocation]).toEqual(
      expected,
    )
  })
  it('drops the trust stores and identities of a statement that skips', () => {
    expect(parseTrustPolicy(policyOf({ ...statement, signatureVerification: { level: 'skip' } }))).toMatchObject([
      { level: undefined, identities: [] },
    ])
  })
  it('reads names of fields in any case, as Go does', () => {
    const verification = { Level: 'permissive', Override: { expiry: 'enforce' } }
    expect(parseTrustPolicy(policyOf({ ...statement, signatureVerification: verification }))).toMatchObject([
      { level: { expiry: 'enforce', revocation: 'log' } },
    ])
  })
  it.each([
    ['no JSON', '{', 'is not JSON'],
    ['a list', '[]', 'is not a JSON object'],
    ['another version', JSON.stringify({ version: '2.0', trustPolicies: [statement] }), 'must be of version 1.0'],
    ['no statements', policyOf(), 'has no statements'],
    ['no name', policyOf({ ...statement, name: '' }), 'has no name'],
    ['a name twice', policyOf(statement, { ...statement, registryScopes: ['*'] }), "the name 'apps' stands in two"],
    [
      'a scope twice',
      policyOf(statement, { ...statement, name: 'b' }),
      "the registry scope 'ghcr.io/org/app' stands in two",
    ],
    ['no scopes', policyOf({ ...statement, registryScopes: [] }), 'must name at least one repository'],
    ['a scope beside *', policyOf({ ...statement, registryScopes: ['*', 'a/b'] }), 'must stand alone'],
    ['a wildcard', policyOf({ ...statement, registryScopes: ['ghcr.io/*'] }), 'must be a repository'],
    ['a scheme', policyOf({ ...statement, registryScopes: ['oci://ghcr.io/app'] }), 'must be a repository'],
    ['a tag', policyOf({ ...statement, registryScopes: ['ghcr.io/app:v1'] }), 'must be a repository'],
    [
      'an unknown level',
      policyOf({ ...statement, signatureVerification: { level: 'toString' } }),
      'must be one of strict',
    ],
    ['no level', policyOf({ ...statement, signatureVerification: {} }), 'must be one of strict'],
    [
      'an override of integrity',
      policyOf({ ...statement, signatureVerification: { level: 'strict', override: { integrity: 'log' } } }),
      'cannot be overridden',
    ],
    [
      'authenticity skipped',
      policyOf({ ...statement, signatureVerification: { level: 'strict', override: { authenticity: 'skip' } } }),
      'cannot be skipped',
    ],
    [
      'an unknown check',
      policyOf({ ...statement, signatureVerification: { level: 'strict', override: { a: 'log' } } }),
      'the check to override',
    ],
    [
      'an unknown action',
      policyOf({ ...statement, signatureVerification: { level: 'strict', override: { expiry: 'x' } } }),
      'the action of an override',
    ],
    [
      'an override of skip',
      policyOf({ ...statement, signatureVerification: { level: 'skip', override: { expiry: 'log' } } }),
      'cannot be overridden',
    ],
    ['no trust store', policyOf({ ...statement, trustStores: [] }), 'must both be given'],
    ['no identity', policyOf({ ...statement, trustedIdentities: [] }), 'must both be given'],
    ['an unknown trust store', policyOf({ ...statement, trustStores: ['x:y'] }), 'must be of the type'],
    ['a trust store without a type', policyOf({ ...statement, trustStores: ['ca'] }), 'must have the form'],
    [
      'an identity beside *',
      policyOf({ ...statement, trustedIdentities: ['*', 'x509.subject:C=US, ST=WA, O=A'] }),
      'must stand alone',
    ],
    [
      'an identity without a kind',
      policyOf({ ...statement, trustedIdentities: ['C=US'] }),
      'must have the form x509.subject',
    ],
    [
      'identities that overlap',
      policyOf({
        ...statement,
        trustedIdentities: ['x509.subject:C=US, ST=WA, O=A', 'x509.subject:C=US, ST=WA, O=A, CN=B'],
      }),
      'includes another',
    ],
    [
      'a name without an organisation',
      policyOf({ ...statement, trustedIdentities: ['x509.subject:C=US, ST=WA'] }),
      'it has no O',
    ],
    [
      'verifyTimestamp',
      policyOf({ ...statement, signatureVerification: { level: 'strict', verifyTimestamp: 'never' } }),
      'must be always or',
    ],
  ])('refuses %s', (_what, text, message) => {
    const errors: string[] = []
    try {
      parseTrustPolicy(text)
    } catch (error) {
      for (let link = error; link instanceof Error; link = link.cause) errors.push(link.message)
    }
    expect(errors.join(': ')).toContain(message)
  })
  it('prefers the statement that names the repository', () => {
    const policy = parseTrustPolicy(policyOf({ ...statement, name: 'rest', registryScopes: ['*'] }, statement))
    expect(statementFor(policy, ['other', 'ghcr.io/org/app']).name).toBe('apps')
    expect(statementFor(policy, ['ghcr.io/org/app/sub']).name).toBe('rest')
    expect(() => statementFor(parseTrustPolicy(policyOf(statement)), ['ghcr.io/org'])).toThrow(
      "no statement of the trust policy is for 'ghcr.io/org'",
    )
  })
  it('survives any text, and any one value changed', () => {
    const crashes: unknown[] = []
    fc.assert(
      fc.property(anyBytes, fc.nat(), anyValue, (bytes, pick, other) => {
        crashes.push(crashOf(() => parseTrustPolicy(Buffer.from(bytes).toString())))
        crashes.push(
          crashOf(() =>
            parseTrustPolicy(JSON.stringify(mutate({ version: '1.0', trustPolicies: [statement] }, pick, other))),
          ),
        )
      }),
    )
    expect(crashes.filter((crash) => crash !== undefined)).toEqual([])
  })
})

describe('parseDistinguishedName', () => {
  it.each([
    ['C=US, ST=WA, O=Example\\, Inc.', { C: 'US', ST: 'WA', O: 'Example, Inc.' }],
    ['C=US,S=WA,O=A', { C: 'US', ST: 'WA', O: 'A' }],
    ['O=A;C=US;ST=WA', { O: 'A', C: 'US', ST: 'WA' }],
    ['C=US, ST=WA, O=\\ A\\ ', { C: 'US', ST: 'WA', O: ' A ' }],
    ['C=US, ST=WA, O=A b  ', { C: 'US', ST: 'WA', O: 'A b' }],
    ['C=US, ST=WA, O=Z\\C3\\BCrich\\+1', { C: 'US', ST: 'WA', O: 'Zürich+1' }],
    ['C=US, ST=WA, O=a\\\\', { C: 'US', ST: 'WA', O: 'a\\' }],
    ['C=US, ST=WA, O=a=b', { C: 'US', ST: 'WA', O: 'a=b' }],
  ])('reads %s', (text, expected) => {
    expect(Object.fromEntries(parseDistinguishedName(text))).toEqual(expected)
  })
  it.each([
    '',
    'C=US',
    'c=US, st=WA, o=A',
    'C=US, ST=WA, O=A, O=B',
    'C=US+L=x, ST=WA, O=A',
    'C=US, ST=WA, O=#0401',
    'C=US, ST=WA, O=\\FF',
    'C=US, ST=WA, O=a\\',
    'C=US, ST=WA, =A',
    'C=US, ST=WA, O="A"',
  ])('refuses %s', (text) => {
    expect(() => parseDistinguishedName(text)).toThrow(/the distinguished name '.*' (?:cannot be used|is not UTF-8)/s)
  })
  it('reads back any value that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const escaped = [...Buffer.from(value)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')
        return parseDistinguishedName(`C=US, ST=WA, O=${escaped}`).get('O') === value
      }),
    )
    expect(parseDistinguishedName('C=US, ST=WA, O=\\41').get('O')).toBe('A')
  })
})
