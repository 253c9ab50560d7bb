// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { loadTarget } from './load-target.ts'
import { tokenFromFile } from './token-file.ts'

let directory: string
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'tidelock-kube-'))))
afterEach(() => rm(directory, { recursive: true, force: true }))

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return path
}

function config(user: object, cluster: object = {}): string {
  return JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  })
}
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('loadTarget', () => {
  it('reads data, files, server name and impersonation', async () => {
    await write('tls.key', 'KEY')
    const user = {
      'client-certificate-data': base64('CERT'),
      'client-key': 'tls.key',
      as: 'jane',
      'as-groups': ['g'],
      'as-uid': 'u1',
      'as-user-extra': { scope: ['a'] },
    }
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'api', 'proxy-url': 'http://p:1' }
    const kubeconfig = await write('config', config(user, cluster))
    await expect(loadTarget({ kubeconfig, env: {} })).resolves.toEqual({
      server: 'https://10.0.0.1:6443',
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      serverName: 'api',
      proxyUrl: 'http://p:1',
      impersonate: { user: 'jane', groups: ['g'], uid: 'u1', extra: { scope: ['a'] } },
    })
  })
  it('lets flags take the place of parts, as kubectl does', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY'), tokenFile: 'none' }
    const kubeconfig = await write('config', config(user, { 'certificate-authority-data': base64('CA') }))
    const [certificateAuthority, clientCertificate] = [await write('my.ca', 'MY CA'), await write('my.crt', 'MY CERT')]
    const other = {
      certificateAuthority,
      clientCertificate,
      server: 'https://other:1',
      tlsServerName: 'api',
      token: 't',
    }
    const target = await loadTarget({ kubeconfig, env: {}, overrides: other })
    expect(target).toMatchObject({
      server: 'https://other:1',
      ca: 'MY CA',
      cert: 'MY CERT',
      key: 'KEY',
      serverName: 'api',
    })
    await expect(target.token?.()).resolves.toBe('t')
    const insecure = await loadTarget({ kubeconfig, env: {}, overrides: { insecureSkipTlsVerify: true, token: 't' } })
    expect([insecure.insecureSkipTlsVerify, insecure.ca]).toEqual([true, undefined])
    await expect(loadTarget({ kubeconfig, env: {}, overrides: { user: 'nobody' } })).rejects.toThrow(
      "there is no user 'nobody'",
    )
    await expect(loadTarget({ env: {}, overrides: { server: 'https://other:1', token: 't' } })).resolves.toMatchObject({
      server: 'https://other:1',
    })
    await expect(loadTarget({ env: {}, overrides: { server: 'other' } })).rejects.toThrow('no http or https URL')
  })
  it('reads tokens and basic credentials', async () => {
    const token = await loadTarget({ kubeconfig: await write('a', config({ token: 't' })), env: {} })
    await expect(token.token?.()).resolves.toBe('t')
    const basic = await loadTarget({ kubeconfig: await write('b', config({ username: 'n', password: 'p' })), env: {} })
    expect(basic.basic).toEqual({ username: 'n', password: 'p' })
  })
  it.each([
    [config({ 'client-certificate-data': base64('C') }), 'one of client-certificate and client-key'],
    [config({}, { server: 'ftp://x' }), "the cluster of context 'x' has no http or https URL"],
    [config({ 'client-key': 'none', 'client-certificate': 'none' }), 'cannot read client-certificate'],
    [config({}, { 'certificate-authority': '/none/ca' }), 'cannot read certificate-authority /none/ca (ENOENT)'],
  ])('names what is wrong: %#', async (text, message) => {
    const kubeconfig = await write('config', text)
    await expect(loadTarget({ kubeconfig, env: {} })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining(message),
    })
  })
  it('looks at the flag, KUBECONFIG, the pod and the home directory, in this order', async () => {
    const server = async (env: Record<string, string>, kubeconfig?: string): Promise<string> =>
      (await loadTarget({ kubeconfig, env, serviceAccountDirectory: join(directory, 'sa') })).server
    const flag = await write('flag', config({}, { server: 'https://flag' }))
    const variable = await write('variable', config({}, { server: 'https://variable' }))
    await write('.kube/config', config({}, { server: 'https://home' }))
    await write('sa/token', 'T')
    await write('sa/ca.crt', 'CA')
    const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const home = { HOME: directory }
    const list = { KUBECONFIG: [join(directory, 'not-there'), variable].join(delimiter) }
    await expect(server({ ...list, ...pod, ...home }, flag)).resolves.toBe('https://flag')
    await expect(server({ ...list, ...pod, ...home })).resolves.toBe('https://variable')
    await expect(server({ ...pod, ...home })).resolves.toBe('https://[fd00::1]:443')
    await expect(server(home)).resolves.toBe('https://home')
    await expect(server({})).rejects.toThrow('no cluster given')
    await expect(server({ KUBECONFIG: join(directory, 'not-there') })).rejects.toThrow('names no file that exists')
    await expect(server({}, join(directory, 'not-there'))).rejects.toThrow('cannot read the kubeconfig')
  })
  it('reads the service account of the pod, and says when there is none', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }
    const load = (): ReturnType<typeof loadTarget> =>
      loadTarget({ inCluster: true, env, serviceAccountDirectory: directory })
    await expect(load()).rejects.toThrow(`cannot read the token file ${join(directory, 'token')}`)
    await write('token', ' T1\n')
    await expect(load()).rejects.toThrow('does the pod mount its service account?')
    await write('ca.crt', 'CA')
    await write('namespace', 'flux-system')
    const target = await load()
    expect(target).toMatchObject({ server: 'https://10.96.0.1:443', ca: 'CA', namespace: 'flux-system' })
    await expect(target.token?.()).resolves.toBe('T1')
    await expect(loadTarget({ inCluster: true, env: {} })).rejects.toThrow('not in a pod')
  })
  it('does not load the client library for plain credentials', async () => {
    const kubeconfig = await write('config', config({ token: 't' }))
    const script = await write(
      'script.mjs',
      `import { registerHooks } from 'node:module'
       const seen = []
       registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context) } })
       const { loadTarget } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
       const { server } = await loadTarget({ kubeconfig: ${JSON.stringify(kubeconfig)}, env: {} })
       console.log(JSON.stringify({ server, loaded: seen.includes('@kubernetes/client-node'), undici: seen.some((name) => name.startsWith('undici/')) }))`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', script])
    expect(JSON.parse(stdout)).toEqual({ server: 'https://10.0.0.1:6443', loaded: false, undici: true })
  })
  it('runs a credential plugin, again when the server refused its token', async () => {
    const counter = await write('count', '0')
    const script = await write(
      'plugin.mjs',
      `import { readFileSync, writeFileSync } from 'node:fs'
       const n = Number(readFileSync(${JSON.stringify(counter)}, 'utf8')) + 1
       writeFileSync(${JSON.stringify(counter)}, String(n))
       console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'run-' + n } }))`,
    )
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [script] }
    const target = await loadTarget({ kubeconfig: await write('config', config({ exec })), env: {} })
    await expect(target.token?.()).resolves.toBe('run-1')
    await expect(target.token?.()).resolves.toBe('run-1')
    await expect(target.token?.({ refresh: true })).resolves.toBe('run-2')
    const failing = { ...exec, args: ['-e', 'process.exit(3)'] }
    await expect(
      loadTarget({ kubeconfig: await write('bad', config({ exec: failing })), env: {} }),
    ).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: expect.stringContaining("the credential plugin of context 'x' failed"),
    })
  })
})

describe('tokenFromFile', () => {
  it('reads again after a minute and on refresh, once for all who ask, and keeps the last when the file is away', async () => {
    const clock = new FakeClock()
    const path = await write('token', 'one')
    const token = tokenFromFile({ path, clock })
    await expect(Promise.all([token(), token()])).resolves.toEqual(['one', 'one'])
    await write('token', 'two')
    await expect(token()).resolves.toBe('one')
    await expect(token({ refresh: true })).resolves.toBe('two')
    await write('token', 'three')
    await clock.advance(60_000)
    await expect(token()).resolves.toBe('three')
    await rm(path)
    await clock.advance(60_000)
    await expect(token()).resolves.toBe('three')
  })
})
