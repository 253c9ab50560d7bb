// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@jest/globals'
import { createHttpClient } from '@tidelock/http'
import { createAgents } from '../agents.ts'
import type { AuthDeps } from '../deps.ts'
import type { Identity } from '../identity.ts'
import { TokenCache } from '../token-cache.ts'
import { getClusterAccess } from './access.ts'
import { parseClusterAddress } from './address.ts'
import type { ClusterRequest } from './types.ts'

const signal = new AbortController().signal
const clock = { now: () => 1_000_000, sleep: () => Promise.resolve() }
const http = createHttpClient({ userAgent: 'test' })
const deps: AuthDeps = {
  env: {},
  clock,
  random: () => 0,
  hostname: 'pod',
  http,
  vaultHttp: http,
  agents: createAgents(undefined),
}

function account(asked: (readonly string[])[], name = 'remote'): Identity {
  return {
    kind: 'service-account',
    namespace: 'apps',
    name,
    annotations: {},
    issueToken: async (audiences) => {
      asked.push(audiences)
      return { token: `token-${asked.length}`, expiresAtMs: 1_000_000 + 3_600_000 }
    },
  }
}

test.each([
  ['https://Cluster.Example.com', 'https://cluster.example.com:443'],
  ['10.0.0.1:6443', 'https://10.0.0.1:6443'],
  ['https://[::1]:6443/path', 'https://[::1]:6443'],
])('the canonical form of %s', (address, canonical) => {
  expect(parseClusterAddress(address)).toBe(canonical)
})

test.each(['http://10.0.0.1', 'https://', 'a b'])('%s is no address of a cluster', (address) => {
  expect(() => parseClusterAddress(address)).toThrow(expect.objectContaining({ code: 'ClusterInvalid' }))
})

test('the token is for the audiences, else for the address', async () => {
  const asked: (readonly string[])[] = []
  const request: ClusterRequest = {
    provider: 'generic',
    address: 'https://remote.example.com:6443',
    caCert: 'PEM',
    audiences: [],
    identity: account(asked),
  }
  expect(await getClusterAccess(request, deps, signal)).toEqual({
    server: 'https://remote.example.com:6443',
    caData: 'PEM',
    token: 'token-1',
    expiresAtMs: 4_600_000,
  })
  await getClusterAccess({ ...request, audiences: ['one', 'two'] }, deps, signal)
  expect(asked).toEqual([['https://remote.example.com:6443'], ['one', 'two']])
})

test('the cache tells accounts and audiences apart, and spares the request', async () => {
  const asked: (readonly string[])[] = []
  const cache = new TokenCache({ maxSize: 10, maxDurationMs: 3_600_000, now: clock.now })
  const request = {
    provider: 'generic',
    address: 'https://r:6443',
    audiences: ['x'],
    identity: account(asked),
  } as const
  const other = account(asked, 'other')
  const ask = async (changed: Partial<ClusterRequest>): Promise<string> =>
    (await getClusterAccess({ ...request, ...changed }, { ...deps, cache }, signal)).token
  expect([await ask({}), await ask({}), await ask({ identity: other }), await ask({ audiences: ['y'] })]).toEqual([
    'token-1',
    'token-1',
    'token-2',
    'token-3',
  ])
})

test.each([
  [{ provider: 'ibm' }, 'ProviderUnknown'],
  [{ provider: 'constructor' }, 'ProviderUnknown'],
  [{ provider: 'generic' }, 'ClusterInvalid'],
  [{ provider: 'generic', address: 'https://r', identity: { kind: 'controller' } }, 'CredentialsMissing'],
] as const)('%j is refused as %s', async (changed, code) => {
  const request: ClusterRequest = { audiences: [], identity: account([]), ...changed }
  await expect(getClusterAccess(request, deps, signal)).rejects.toMatchObject({ code })
})
