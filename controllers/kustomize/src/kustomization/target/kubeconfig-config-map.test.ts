// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import { TokenCache } from '@tidelock/auth'
import type { AuthDeps } from '@tidelock/auth'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { FakeClock } from '@tidelock/testkit'
import { readConfigMapReference } from './kubeconfig-config-map.ts'
import type { ReferenceOptions } from './reference.ts'

const signal = new AbortController().signal
const user = { namespace: 'ns', name: 'app' }
const hourMs = 3_600_000

let clock: FakeClock
let data: Record<string, string>
let asked: string[]
/** Makes a token. */
let issue: () => Promise<void>
let options: ReferenceOptions
beforeEach(() => {
  clock = new FakeClock()
  data = { provider: 'generic', address: 'https://far:6443', audiences: 'one\n\n two ', serviceAccountName: 'deployer' }
  asked = []
  issue = async () => undefined
  const client = {
    find: async ({ kind, name }: ObjectRef) => {
      if (kind === 'ConfigMap') return { metadata: { uid: 'u', resourceVersion: '1' }, data }
      return name === 'missing' ? undefined : { metadata: { annotations: {} } }
    },
    createToken: async ({ name }: { name: string }, { audiences }: { audiences: string[] }) => {
      asked.push(`${name} for ${audiences.join(' ')}`)
      await issue()
      return { token: `token-${asked.length}`, expiresAtMs: clock.now() + hourMs }
    },
  } as unknown as KubeClient
  const cache = new TokenCache({ maxSize: 10, maxDurationMs: hourMs, now: () => clock.now() })
  const auth = { cache } as unknown as AuthDeps
  const flags = { insecureExec: false, insecureTls: false, workloadIdentity: true }
  const accounts = { defaultServiceAccount: '', defaultKubeconfigServiceAccount: '' }
  options = { client, clock, env: {}, auth, ...flags, ...accounts }
})

async function connect() {
  const reference = await readConfigMapReference(options, 'cluster', user, signal)
  return reference.connect(signal)
}

describe('kubeConfig.configMapRef', () => {
  it('is a server, an authority and a token of the account for the audiences', async () => {
    data['ca.crt'] = 'PEM'
    const target = await connect()
    expect([target.server, target.ca, await target.token?.()]).toEqual(['https://far:6443', 'PEM', 'token-1'])
    expect(asked).toEqual(['deployer for one two'])
  })

  it('renews the token when four fifths of its life are over, once for all who ask', async () => {
    const { token } = await connect()
    await clock.advance(hourMs * 0.79)
    expect(await token?.()).toBe('token-1')
    await clock.advance(hourMs * 0.02)
    expect(await Promise.all([token?.(), token?.(), token?.()])).toEqual(['token-2', 'token-2', 'token-2'])
  })

  it('goes on with the old token while it is good and no new one is to be had', async () => {
    const { token } = await connect()
    issue = () => Promise.reject(new Error('away'))
    await clock.advance(hourMs * 0.9)
    expect(await token?.()).toBe('token-1')
    await clock.advance(hourMs * 0.2)
    await expect(token?.()).rejects.toThrow('away')
  })

  it('asks anew, not the cache, when the server refused the token', async () => {
    const { token } = await connect()
    expect([await token?.({ refresh: true }), await token?.()]).toEqual(['token-2', 'token-2'])
  })

  it('gives up on a provider that does not answer', async () => {
    issue = () => new Promise(() => undefined)
    const reference = await readConfigMapReference(options, 'cluster', user, signal)
    const connected = reference.connect(signal)
    connected.catch(() => undefined)
    await clock.advance(30_000)
    await expect(connected).rejects.toMatchObject({
      code: 'CredentialLate',
      message: 'ConfigMap/ns/cluster: no credential after 30s',
    })
  })

  it('takes the default account', async () => {
    delete data['serviceAccountName']
    options = { ...options, defaultKubeconfigServiceAccount: 'fallback' }
    await connect()
    expect(asked).toEqual(['fallback for one two'])
  })

  it.each([
    ['an account without the gate', { workloadIdentity: false }, {}, 'GateDisabled'],
    ['an account that is not there', {}, { serviceAccountName: 'missing' }, 'IdentityInvalid'],
    ['no provider', {}, { provider: '' }, 'KubeConfigInvalid'],
  ])('refuses %s', async (_case, flags, changed, code) => {
    options = { ...options, ...flags }
    Object.assign(data, changed)
    await expect(connect()).rejects.toMatchObject({ code })
  })

  it.each([
    ['an unknown provider', { provider: 'ibm' }, 'ProviderUnknown', /^ConfigMap\/ns\/cluster: provider 'ibm' /],
    ['no address', { address: '' }, 'ClusterInvalid', /^ConfigMap\/ns\/cluster: .*address is required/],
  ])('names the ConfigMap of %s', async (_case, changed, code, words) => {
    Object.assign(data, changed)
    await expect(connect()).rejects.toMatchObject({ code, message: expect.stringMatching(words) })
  })
})
