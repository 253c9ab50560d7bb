// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const sdks = /^(?:@aws-sdk|@azure|@smithy|@aws-crypto)\/|^google-auth-library$/

/** The SDKs that a process has loaded when it has run the code, which has `auth`, `deps` and `signal`. */
async function loadedBy(code: string): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'tidelock-auth-'))
  const script = join(directory, 'script.mjs')
  await writeFile(
    script,
    `import { registerHooks } from 'node:module'
     const seen = new Set()
     registerHooks({ resolve: (name, context, next) => { if (!context.parentURL?.includes('/node_modules/')) seen.add(name); return next(name, context) } })
     const auth = await import(${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)})
     const deps = await auth.openAuth({ env: {}, clock: { now: Date.now, sleep: async () => {} }, userAgent: 'x', cacheMaxSize: 1, cacheMaxDurationMs: 1000 })
     const signal = new AbortController().signal
     ${code}
     console.log(JSON.stringify([...seen].filter((name) => ${String(sdks)}.test(name))))
     process.exit(0)`,
  )
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', script])
    return JSON.parse(stdout) as string[]
  } finally {
    await rm(directory, { recursive: true })
  }
}

test('no SDK is loaded until a cloud is used', async () => {
  expect(await loadedBy('')).toEqual([])
  expect(
    await loadedBy(
      `const issueToken = async () => ({ token: 't', expiresAtMs: Date.now() + 1e6 })
       await auth.getClusterAccess({ provider: 'generic', address: 'https://r:6443', audiences: [], identity: { kind: 'controller', issueToken } }, deps, signal)
       await auth.decryptWithVault({ vaultAddress: 'http://127.0.0.1:1', enginePath: 'a', keyName: 'b', enc: 'c' }, auth.fixedVaultToken('t'), deps, signal).catch(() => {})
       auth.parseAwsCredentials(Buffer.from('{"aws_access_key_id":"a","aws_secret_access_key":"b"}'))`,
    ),
  ).toEqual([])
})

test('a cloud loads its own SDK alone', async () => {
  const issueToken = `async () => ({ token: 't', expiresAtMs: Date.now() + 1e6 })`
  const annotations = `{ 'azure.workload.identity/tenant-id': 't', 'azure.workload.identity/client-id': 'c' }`
  const code = `const controller = new AbortController()
    const asked = auth.azureTokensOf({ kind: 'service-account', namespace: 'n', name: 'a', annotations: ${annotations}, issueToken: ${issueToken} }, deps)('x/.default', controller.signal).catch(() => {})
    setTimeout(() => controller.abort(), 10)
    await asked`
  const loaded = await loadedBy(code)
  expect(loaded.filter((name) => !name.startsWith('@azure/'))).toEqual([])
  expect(loaded).toContain('@azure/identity')
})
