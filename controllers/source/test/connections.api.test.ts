// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { OciScene } from './oci-scene.ts'
import { clients, gatewayCa, otherCa, TlsGateway } from './tls-gateway.ts'

const polls = 6
let oci: OciScene
let git: TlsGateway
let registry: TlsGateway
beforeAll(async () => {
  oci = await OciScene.open()
  git = await TlsGateway.start(oci.scene.git.url, { mutual: true })
  registry = await TlsGateway.start(`http://${oci.registry.host}`)
})
afterAll(async () => {
  await oci[Symbol.asyncDispose]()
  await git[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

async function putSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  const { client, namespace } = oci.scene
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }
  await client.apply(secret, { fieldManager: 'test', force: true })
}

const as = (tenant: keyof typeof clients, ca = gatewayCa): Record<string, string> => ({
  'ca.crt': ca,
  'tls.crt': clients[tenant].cert,
  'tls.key': clients[tenant].key,
})

/** An object of its own repository behind the gateway, polled some times. */
async function pollGit(name: string, secret: Readonly<Record<string, string>>): Promise<void> {
  const { scene } = oci
  await scene.git.create(name, { 'a.txt': 'a' })
  await putSecret(name, secret)
  await scene.create(name, { url: `https://${git.host}/${name}.git`, secretRef: { name } })
  await scene.untilReady(name)
  for (let poll = 0; poll < polls; poll++) await scene.reconcile(name)
}

it('of a GitRepository are kept between its polls, and never shared by objects with other client certificates', async () => {
  await Promise.all([pollGit('app-a', as('tenant-a')), pollGit('app-b', as('tenant-b'))])
  for (const tenant of ['a', 'b']) {
    const carrying = git.carrying(`/app-${tenant}.git`)
    // a machine that stands still between two polls may lose one
    expect(carrying.length).toBeLessThan(polls / 2)
    expect(new Set(carrying.map(({ client }) => client))).toEqual(new Set([`tenant-${tenant}`]))
  }
})

it('are left when the Secret changes, and end with the object', async () => {
  // with something of its own, as it would share with the others of its namespace
  await pollGit('app-c', { ...as('tenant-a'), username: 'c', password: 'c' })
  const before = git.carrying('/app-c.git')
  await putSecret('app-c', as('tenant-b', `${gatewayCa}${otherCa}`))
  await oci.scene.reconcile('app-c')
  const after = git.carrying('/app-c.git').filter((connection) => !before.includes(connection))
  expect(new Set(after.map(({ client }) => client))).toEqual(new Set(['tenant-b']))
  await eventually(() => expect(before.some(({ isOpen }) => isOpen)).toBe(false))
  await oci.scene.client.delete(oci.scene.ref('app-c'))
  await eventually(() => expect(after.some(({ isOpen }) => isOpen)).toBe(false))
})

it('to a server that its new authority does not vouch for are not used any more', async () => {
  await pollGit('app-d', as('tenant-a'))
  await putSecret('app-d', as('tenant-a', otherCa))
  await oci.scene.reconcile('app-d')
  const failed = await oci.scene.untilFailed('app-d', 'GitOperationFailed')
  expect(failed.status?.artifact).toBeDefined()
  await putSecret('app-d', as('tenant-a'))
  await oci.scene.reconcile('app-d')
  await oci.scene.untilReady('app-d')
})

it('of an OCIRepository are kept between its polls, until its Secret changes', async () => {
  const { host } = registry
  await oci.push('org/app', 'v1', { 'a.txt': 'a' })
  await putSecret('trust', { 'ca.crt': gatewayCa })
  await oci.create('app', { url: `oci://${host}/org/app`, ref: { tag: 'v1' }, certSecretRef: { name: 'trust' } })
  await oci.untilReady('app')
  for (let poll = 0; poll < polls; poll++) await oci.reconcile('app')
  const before = registry.carrying('/org/app/')
  expect(before.length).toBeLessThan(polls / 2)
  await putSecret('trust', { 'ca.crt': `${gatewayCa}${otherCa}` })
  await oci.reconcile('app')
  await eventually(() => expect(before.some(({ isOpen }) => isOpen)).toBe(false))
  expect(registry.carrying('/org/app/').some(({ isOpen }) => isOpen)).toBe(true)
})
