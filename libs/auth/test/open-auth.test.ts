// SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdir, mkdtempDisposable, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { decryptWithVault, fixedVaultToken, openAuth } from '../src/index.ts'
import type { OpenAuthOptions } from '../src/index.ts'
import { tls } from './azure-service.ts'
import { going } from './deps.ts'
import { serve } from './serve.ts'

const certificates = join(import.meta.dirname, '../../http/testdata/tls')
const options = (env: Record<string, string>): OpenAuthOptions => ({
  env,
  clock: { now: () => Date.now(), sleep: (ms, signal) => sleep(Math.min(ms, 5), undefined, { signal }) },
  ...{ userAgent: 'tidelock-test', cacheMaxSize: 10, cacheMaxDurationMs: 3_600_000 },
})

test('Vault is trusted by the authority that VAULT_CACERT names, and only then', async () => {
  await using vault = await serve(() => ({ body: { data: { plaintext: 'aGk=' } } }), tls)
  const key = { vaultAddress: vault.url, enginePath: 'transit', keyName: 'main', enc: 'vault:v1:x' }
  const tokens = fixedVaultToken('hvs.user')
  await using trusting = await openAuth(options({ VAULT_CACERT: join(certificates, 'ca.crt') }))
  expect(Buffer.from(await decryptWithVault(key, tokens, trusting, going)).toString()).toBe('hi')
  expect(vault.seen[0]?.headers['user-agent']).toBe('tidelock-test')
  await using wary = await openAuth(options({}))
  await expect(decryptWithVault(key, tokens, wary, going)).rejects.toMatchObject({ code: 'Rejected' })
})

test('or by the authorities in the folder that VAULT_CAPATH names', async () => {
  await using vault = await serve(() => ({ body: { data: { plaintext: 'aGk=' } } }), tls)
  const key = { vaultAddress: vault.url, enginePath: 'transit', keyName: 'main', enc: 'vault:v1:x' }
  await using folder = await mkdtempDisposable(join(tmpdir(), 'ca-path-'))
  // as Kubernetes mounts a ConfigMap
  await mkdir(join(folder.path, '..2026_01_01'))
  await copyFile(join(certificates, 'ca.crt'), join(folder.path, '..2026_01_01/ca.crt'))
  await symlink('..2026_01_01', join(folder.path, '..data'))
  await symlink('..data/ca.crt', join(folder.path, 'ca.crt'))
  await using trusting = await openAuth(options({ VAULT_CAPATH: folder.path }))
  const opened = await decryptWithVault(key, fixedVaultToken('hvs.user'), trusting, going)
  expect(Buffer.from(opened).toString()).toBe('hi')
  await expect(openAuth(options({ VAULT_CAPATH: '/nowhere' }))).rejects.toMatchObject({
    message: 'VAULT_CAPATH: cannot read the folder',
  })
})

test('a file that cannot be read is named', async () => {
  await expect(openAuth(options({ VAULT_CACERT: '/nowhere/ca.crt' }))).rejects.toMatchObject({
    code: 'CredentialsInvalid',
    message: 'VAULT_CACERT: cannot read the file',
  })
})

test('a size of 0 is no cache', async () => {
  await using auth = await openAuth({ ...options({}), cacheMaxSize: 0 })
  expect(auth.cache).toBeUndefined()
})
