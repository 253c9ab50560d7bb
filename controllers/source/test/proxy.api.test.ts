// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startHttpProxy, startSocksProxy } from '@tidelock/testkit'
import type { TestProxy } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

const auth = { username: 'squid', password: 'c0rrect-h0rse' }
const proxies: Record<string, TestProxy> = {}
let scene: Scene
/** Nobody but the proxies knows this host. */
let url: string

beforeAll(async () => {
  scene = await Scene.open()
  const repo = await scene.git.create('app', { 'a.txt': 'a' })
  const { host, pathname } = new URL(repo.url)
  const hosts = { 'git.example.com': host, 'git.example.com:80': host }
  url = `http://git.example.com${pathname}`
  proxies['http'] = await startHttpProxy({ auth, hosts })
  proxies['socks5'] = await startSocksProxy({ auth, hosts })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  for (const proxy of Object.values(proxies)) await proxy[Symbol.asyncDispose]()
})

async function create(name: string, stringData: Record<string, string> | undefined): Promise<void> {
  const { namespace, client } = scene
  const metadata = { name, namespace }
  if (stringData !== undefined) await client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  await scene.create(name, { url, proxySecretRef: { name } })
}

async function failure(name: string, reason: string): Promise<string> {
  const obj = await scene.untilFailed(name, reason)
  const { message } = await scene.untilEvent(name, reason)
  expect(conditionsOf(obj)['FetchFailed']?.[2]).toBe(message)
  const shown = [...scene.log, JSON.stringify([obj.status, scene.receiver.events])].join('\n')
  expect(shown).not.toContain('hunter2')
  return message
}

it.each(['http', 'socks5'])('a proxy by %s is used with its credentials', async (kind) => {
  await create(kind, { address: proxies[kind]?.url ?? '', ...auth })
  expect(await downloadArtifact(artifactOf(await scene.untilReady(kind)))).toEqual({ 'a.txt': 'a' })
})

it.each(['http', 'socks5'])('a proxy by %s that refuses the credentials is named, and they are not', async (kind) => {
  const address = proxies[kind]?.url ?? ''
  await create(`wrong-${kind}`, { address, username: 'squid', password: 'hunter2hunter2' })
  const message = await failure(`wrong-${kind}`, 'GitOperationFailed')
  expect(message).toContain(`unable to clone '${url}': proxy ${address}: `)
  expect(message).toMatch(/authentication (required|failed)/)
})

it.each<[string, Record<string, string> | undefined, string]>([
  ['absent', undefined, 'not found'],
  ['empty', { username: 'u' }, "key 'address' not found"],
  ['scheme', { address: 'ftp://u:hunter2@p' }, 'proxy URL must use one of the supported schemes (http, https, socks5)'],
])('a Secret that names no proxy is reported with its key: %s', async (name, secret, words) => {
  await create(name, secret)
  const message = await failure(name, 'AuthenticationFailed')
  expect(message).toContain(`failed to configure proxy options: secret '${scene.namespace}/${name}'`)
  expect(message).toContain(words)
})
