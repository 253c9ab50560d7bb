// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Kustomization, KustomizationSpec } from '@tidelock/api'
import type { AuthDeps } from '@tidelock/auth'
import type { ClusterTarget, Impersonation, KubeClient, ObjectRef } from '@tidelock/kube'
import { createLogger } from '@tidelock/runtime'
import { FakeClock } from '@tidelock/testkit'
import { Targets } from './targets.ts'

const signal = new AbortController().signal
const base64 = (text: string): string => Buffer.from(text).toString('base64')

interface FakeClient {
  readonly name: string
  closed: boolean
}

/** Secrets by `namespace/name`: their version and kubeconfig. */
let secrets: Record<string, { version: string; text: string }>
let connected: (FakeClient & { readonly server: string; readonly token: ClusterTarget['token'] })[]
let targets: Targets
beforeEach(() => {
  secrets = {}
  connected = []
  const find = async ({ namespace, name }: ObjectRef): Promise<object | undefined> => {
    const secret = secrets[`${namespace}/${name}`]
    if (secret === undefined) return undefined
    return { metadata: { uid: name, resourceVersion: secret.version }, data: { value: base64(secret.text) } }
  }
  targets = new Targets({
    client: fakeClient('own', find),
    clock: new FakeClock(),
    env: {},
    auth: {} as AuthDeps,
    log: createLogger({ level: 'error', encoding: 'json' }, { write: () => true }),
    fieldManager: 'kustomize-controller',
    overrideManagers: [],
    ...{ insecureExec: false, insecureTls: false, workloadIdentity: false },
    ...{ defaultServiceAccount: '', defaultKubeconfigServiceAccount: '' },
    connect: ({ server, token }) => {
      const client = Object.assign(fakeClient(server, find), { server, token })
      connected.push(client as unknown as (typeof connected)[number])
      return client
    },
  })
})
afterEach(() => targets[Symbol.asyncDispose]())

function fakeClient(name: string, find: (ref: ObjectRef) => Promise<object | undefined>): KubeClient {
  const client = {
    name,
    closed: false,
    find,
    host: name,
    raw: async () => ({}),
    as: ({ user }: Impersonation) => ({ ...client, name: `${name} as ${user}` }),
    close: async () => void (client.closed = true),
  }
  return client as unknown as KubeClient
}

function kubeconfig(server: string, token = 't'): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  })
}

function named(name: string, spec: Partial<KustomizationSpec> = {}): Kustomization {
  return { metadata: { namespace: 'ns', name }, spec } as Kustomization
}
const nameOf = (client: KubeClient): string => (client as unknown as FakeClient).name
const remote = (name: string): Partial<KustomizationSpec> => ({ kubeConfig: { secretRef: { name } } })

describe('targets', () => {
  it('are the controller itself, or an account', async () => {
    const [plain, account] = [named('a'), named('b', { serviceAccountName: 'deployer' })]
    expect(nameOf((await targets.resolve(plain, signal)).client)).toBe('own')
    const target = await targets.resolve(account, signal)
    expect([nameOf(target.client), nameOf(target.observer)]).toEqual([
      'own as system:serviceaccount:ns:deployer',
      'own',
    ])
    expect(target.id).toBe('own as ServiceAccount/ns/deployer')
  })

  it('are shared, and made anew once the last user has left', async () => {
    const spec = { serviceAccountName: 'deployer' }
    const first = await targets.resolve(named('a', spec), signal)
    expect(await targets.resolve(named('b', spec), signal)).toBe(first)
    targets.forget({ namespace: 'ns', name: 'a' })
    expect(await targets.resolve(named('b', spec), signal)).toBe(first)
    await targets.resolve(named('b'), signal)
    expect(await targets.resolve(named('c', spec), signal)).not.toBe(first)
  })
})

describe('remote clusters', () => {
  it('are connected once for all that name the same Secret, and closed with the last', async () => {
    secrets['ns/far'] = { version: '1', text: kubeconfig('https://far:6443') }
    const [a, b] = [named('a', remote('far')), named('b', { ...remote('far'), serviceAccountName: 'deployer' })]
    const target = await targets.resolve(a, signal)
    const other = await targets.resolve(b, signal)
    expect([nameOf(target.client), nameOf(other.client)]).toEqual([
      'https://far:6443',
      'https://far:6443 as system:serviceaccount:ns:deployer',
    ])
    expect(other.ownership).toBe(target.ownership)
    targets.forget({ namespace: 'ns', name: 'a' })
    await settle()
    expect(connected.map(({ closed }) => closed)).toEqual([false])
    await targets.resolve(named('b'), signal)
    await settle()
    expect(connected.map(({ closed }) => closed)).toEqual([true])
  })

  it('are connected anew when the Secret changed', async () => {
    secrets['ns/far'] = { version: '1', text: kubeconfig('https://far:6443') }
    const before = await targets.resolve(named('a', remote('far')), signal)
    secrets['ns/far'] = { version: '2', text: kubeconfig('https://other:6443') }
    const after = await targets.resolve(named('a', remote('far')), signal)
    await settle()
    expect(after.id).not.toBe(before.id)
    expect(connected.map(({ server, closed }) => [server, closed])).toEqual([
      ['https://far:6443', true],
      ['https://other:6443', false],
    ])
  })

  it('go on with the token that the Secret holds by now, for the same server only', async () => {
    secrets['ns/far'] = { version: '1', text: kubeconfig('https://far:6443', 'one') }
    await targets.resolve(named('a', remote('far')), signal)
    const token = connected[0]?.token
    secrets['ns/far'] = { version: '2', text: kubeconfig('https://far:6443', 'two') }
    expect([await token?.(), await token?.({ refresh: true }), await token?.()]).toEqual(['one', 'two', 'two'])
    secrets['ns/far'] = { version: '3', text: kubeconfig('https://other:6443', 'three') }
    expect(await token?.({ refresh: true })).toBe('two')
  })

  it('are let go when the Secret is gone', async () => {
    secrets['ns/far'] = { version: '1', text: kubeconfig('https://far:6443') }
    await targets.resolve(named('a', remote('far')), signal)
    delete secrets['ns/far']
    await expect(targets.resolve(named('a', remote('far')), signal)).rejects.toMatchObject({
      code: 'KubeConfigInvalid',
      message: 'spec.kubeConfig: Secret/ns/far does not exist',
    })
    await settle()
    expect(connected.map(({ closed }) => closed)).toEqual([true])
  })

  it('are named by a key of the Secret', async () => {
    secrets['ns/far'] = { version: '1', text: kubeconfig('https://far:6443') }
    const spec = { kubeConfig: { secretRef: { name: 'far', key: 'other' } } }
    await expect(targets.resolve(named('a', spec), signal)).rejects.toThrow(
      "spec.kubeConfig: Secret/ns/far has no key 'other' with a kubeconfig",
    )
  })
})

/** Lets what was begun without being waited for end. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
