// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { parseRemoteTarget } from './remote-target.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const options = { source: 'Secret/a/b', clock: new FakeClock() }

function config(user: object, cluster: object = {}): string {
  return JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  })
}

describe('parseRemoteTarget', () => {
  it('takes data, names and a proxy', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'api', 'proxy-url': 'http://p:1' }
    expect(await parseRemoteTarget(config(user, cluster), options)).toEqual({
      server: 'https://10.0.0.1:6443',
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      serverName: 'api',
      proxyUrl: 'http://p:1',
    })
  })
  it.each([
    ['exec', { exec: { command: 'sh' } }],
    ['auth-provider', { 'auth-provider': { name: 'gcp' } }],
    ['tokenFile', { tokenFile: '/etc/passwd' }],
    ['client-certificate, client-key', { 'client-certificate': '/etc/passwd', 'client-key': '/etc/passwd' }],
  ])('ignores %s, and refuses a user who has nothing else', async (fields, user) => {
    const target = await parseRemoteTarget(config({ ...user, token: 't' }), options)
    expect([await target.token?.(), target.cert, target.key]).toEqual(['t', undefined, undefined])
    await expect(parseRemoteTarget(config(user), options)).rejects.toThrow(
      `kubeconfig Secret/a/b: nothing but ${fields} to authenticate with`,
    )
  })
  it('ignores files and another identity', async () => {
    const user = { token: 't', as: 'admin', 'as-groups': ['system:masters'] }
    const target = await parseRemoteTarget(config(user, { 'certificate-authority': '/etc/passwd' }), options)
    expect([target.ca, target.impersonate]).toEqual([undefined, undefined])
  })
  it('lets a user without any credential be anonymous', async () => {
    expect(await parseRemoteTarget(config({}), options)).toEqual({ server: 'https://10.0.0.1:6443' })
  })
  it('runs a plugin where that is allowed', async () => {
    const script = `console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'run' } }))`
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] }
    const target = await parseRemoteTarget(config({ exec }), { ...options, insecureExec: true })
    expect(await target.token?.()).toBe('run')
  })
  it('drops unverified TLS unless it is allowed', async () => {
    const text = config({ token: 't' }, { 'insecure-skip-tls-verify': true })
    expect((await parseRemoteTarget(text, options)).insecureSkipTlsVerify).toBeUndefined()
    expect((await parseRemoteTarget(text, { ...options, insecureTls: true })).insecureSkipTlsVerify).toBe(true)
  })
  it('goes through the proxy of the environment', async () => {
    const env = { HTTPS_PROXY: 'proxy:3128', NO_PROXY: '10.0.0.2' }
    expect((await parseRemoteTarget(config({ token: 't' }), { ...options, env })).proxyUrl).toBe('http://proxy:3128')
  })
})
