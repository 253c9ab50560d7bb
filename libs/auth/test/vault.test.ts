// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { decryptWithVault, fixedVaultToken, parseVaultInstances, vaultLogin } from '../src/index.ts'
import type { Identity } from '../src/index.ts'
import { going, testCache, testDeps, thrown } from './deps.ts'
import { serve } from './serve.ts'
import { dataKey, enc, jwtOf, serveVault } from './vault-service.ts'

const keyAt = (vaultAddress: string) => ({ vaultAddress, enginePath: 'sops/team', keyName: 'main', enc })

function accountNamed(name: string, issued: string[] = []): Identity {
  return {
    ...{ kind: 'service-account', namespace: 'apps', name, annotations: {} },
    issueToken: ([audience = '']) => {
      issued.push(audience)
      return Promise.resolve({
        token: jwtOf(`system:serviceaccount:apps:${name}`, audience),
        expiresAtMs: Date.now() + 3_600_000,
      })
    },
  }
}

test('a token opens the data key', async () => {
  await using vault = await serveVault(new Set(['hvs.root']))
  const deps = testDeps({ env: { VAULT_NAMESPACE: 'team-a' } })
  const plain = await decryptWithVault(keyAt(vault.url), fixedVaultToken(' hvs.root\n'), deps, going)
  expect(Buffer.from(plain)).toEqual(dataKey)
  expect(vault.seen[0]?.headers['x-vault-namespace']).toBe('team-a')
})

test("a ServiceAccount logs in at its server's path, in the role of its name, once while the token lasts", async () => {
  const tokens = new Set<string>()
  await using vault = await serveVault(tokens)
  const deps = testDeps({ cache: testCache() })
  const paths = (): Promise<ReadonlyMap<string, string>> =>
    Promise.resolve(
      parseVaultInstances(`instances:\n- address: ${vault.url}\n  loginPath: ns1/auth/kubernetes/login\n`),
    )
  const issued: string[] = []
  const source = vaultLogin(accountNamed('decryptor', issued), paths, deps)
  expect(Buffer.from(await decryptWithVault(keyAt(vault.url), source, deps, going))).toEqual(dataKey)
  await decryptWithVault(keyAt(vault.url), source, deps, going)
  expect(issued).toEqual([vault.url])
  // revoked at the server: one more log-in, no failure
  tokens.clear()
  tokens.add('another')
  expect(Buffer.from(await decryptWithVault(keyAt(vault.url), source, deps, going))).toEqual(dataKey)
  expect(issued).toHaveLength(2)
  await expect(decryptWithVault(keyAt('https://vault.evil.example.com'), source, deps, going)).rejects.toMatchObject({
    code: 'AddressRefused',
  })
})

test('a refused log-in names server, path and role, never the token', async () => {
  await using vault = await serveVault(new Set())
  const paths = (): Promise<ReadonlyMap<string, string>> =>
    Promise.resolve(new Map([[vault.url, 'ns1/auth/kubernetes/login']]))
  const source = vaultLogin(accountNamed('stranger'), paths, testDeps())
  const error = await thrown(source(vault.url, going))
  expect(error).toMatchObject({ code: 'AccessDenied' })
  expect(errorMessage(error)).toContain("'apps_stranger'")
  expect(errorMessage(error)).not.toContain('eyJ')
})

test.each([
  ['hvs.wrong', {}, 'AccessDenied', 'permission denied'],
  ['hvs.root', { enc: 'vault:v1:AAAA-secret' }, 'Rejected', 'authentication failed'],
  ['hvs.root', { keyName: 'gone' }, 'NotFound', 'status 404'],
  ['hvs.root', { keyName: '../../auth/token/create' }, 'KeyInvalid', 'dots'],
  ['hvs.root', { enginePath: '', keyName: '' }, 'NotFound', 'status 404'],
  ['', {}, 'CredentialsMissing', 'sops.vault-token'],
])('token %j with %j: %s', async (token, changed, code, words) => {
  await using vault = await serveVault(new Set(['hvs.root']))
  const error = await thrown(
    decryptWithVault({ ...keyAt(vault.url), ...changed }, fixedVaultToken(token), testDeps(), going),
  )
  expect(error).toMatchObject({ code })
  const message = errorMessage(error)
  expect(message).toContain(words)
  expect(message).not.toMatch(/hvs\.|AAAA-secret/)
})

test('a sealed server is asked three times, a redirect is not followed, an aborted signal ends it', async () => {
  await using sealed = await serve(() => ({ status: 503, body: { errors: ['Vault is sealed'] } }))
  const tokens = fixedVaultToken('hvs.root')
  await expect(decryptWithVault(keyAt(sealed.url), tokens, testDeps(), going)).rejects.toMatchObject({
    code: 'Unavailable',
    message: expect.stringContaining('Vault is sealed'),
  })
  expect(sealed.seen).toHaveLength(3)
  await using elsewhere = await serve(() => ({}))
  await using standby = await serve(() => ({ status: 307, headers: { location: `${elsewhere.url}/v1/x` } }))
  await expect(decryptWithVault(keyAt(standby.url), tokens, testDeps(), going)).rejects.toMatchObject({
    code: 'Rejected',
  })
  expect(elsewhere.seen).toEqual([])
  const aborting = new AbortController()
  const waiting = decryptWithVault(keyAt(sealed.url), tokens, testDeps(), aborting.signal)
  const reason = new Error('the run was ended')
  aborting.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

test.each([
  ['https://vault.example.com:8200', 'https://vault.example.com:8200', true],
  ['https://vault.example.com:8200', 'https://vault.example.com', false],
  ['https://vault.example.com', 'all', true],
  ['https://vault.example.com', 'none', false],
  ['https://vault.example.com', 'https://a.example.com, https://vault.example.com/', true],
])('SOPS_HC_VAULT_ALLOWLIST: %s under %s: %s', async (address, list, allowed) => {
  const aborted = AbortSignal.abort(new Error('would have been sent'))
  const deps = testDeps({ env: { SOPS_HC_VAULT_ALLOWLIST: list } })
  const error = await thrown(decryptWithVault(keyAt(address), fixedVaultToken('hvs.root'), deps, aborted))
  expect(error).toMatchObject(allowed ? { message: 'would have been sent' } : { code: 'AddressRefused' })
})

test.each(['', 'instances: x', 'instances: [{address: a}]', '{'])('config.yaml %j is refused', (text) => {
  expect(() => parseVaultInstances(text)).toThrow(expect.objectContaining({ code: 'CredentialsInvalid' }))
})
