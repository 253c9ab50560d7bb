// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { ApplyError } from '../src/index.ts'
import { apply, configMap, deployment, managerOf, service } from './fixtures.ts'

describe('refused objects', () => {
  it('are all reported with the words of the API server, and nothing of their stage is applied', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const good = configMap(namespace, 'good', { key: 'value' })
    const badPort = service(namespace, 'bad-port', 99_999)
    const badName = configMap(namespace, 'Bad_Name', {})
    const unknown = { apiVersion: 'nowhere.example.com/v1', kind: 'Thing', metadata: { name: 't', namespace } }
    const nowhere = configMap('no-such-namespace', 'lost', {})
    const homeless = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'homeless' } }
    const error = await apply(manager, [good, badPort, badName, unknown, nowhere, homeless]).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ApplyError)
    const { code, message, refusals, changeSet } = error as ApplyError
    expect({ code, changeSet }).toEqual({ code: 'DryRunRefused', changeSet: [] })
    expect(refusals.map(({ subject, reason }) => [subject, reason])).toEqual([
      ['ConfigMap/homeless', 'NotFound'],
      ['ConfigMap/no-such-namespace/lost', 'NotFound'],
      [`ConfigMap/${namespace}/Bad_Name`, 'Invalid'],
      [`Service/${namespace}/bad-port`, 'Invalid'],
      [`Thing/${namespace}/t`, ''],
    ])
    const lines = message.split('\n')
    expect(lines[0]).toMatch(/^ConfigMap\/homeless namespace not specified: /)
    expect(lines[1]).toBe('ConfigMap/no-such-namespace/lost not found: namespaces "no-such-namespace" not found')
    expect(lines[2]).toMatch(
      /^ConfigMap\/.*\/Bad_Name dry-run failed \(Invalid\): ConfigMap "Bad_Name" is invalid: metadata.name/,
    )
    expect(lines[3]).toMatch(/^Service\/.*\/bad-port dry-run failed \(Invalid\): .*spec.ports\[0\].port/)
    expect(lines[4]).toMatch(/^Thing\/.*\/t dry-run failed: .*Thing/)
    expect(await client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'good' })).toBeUndefined()
  })

  it('are encrypted Secrets too, before anything is asked', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const encrypted = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace }, sops: { mac: 'x' } }
    await expect(apply(manager, [configMap(namespace, 'a', {}), encrypted])).rejects.toMatchObject({
      code: 'EncryptedSecret',
      message: `Secret/${namespace}/s is SOPS encrypted, configuring decryption is required for this secret to be reconciled`,
    })
  })

  it('are not built-in kinds with fields that the API does not have: they lose them, as in Flux', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const warnings: unknown[] = []
    const log = { debug: () => {}, info: () => {}, error: () => {}, warn: (fields: object) => warnings.push(fields) }
    const typos = deployment(namespace, 'typos')
    const spec = typos['spec'] as { replica?: number; template: { spec: { containers: Record<string, unknown>[] } } }
    spec.replica = 3
    const [container] = spec.template.spec.containers
    if (container !== undefined) container['imagePullpolicy'] = 'Always'
    const tolerant = managerOf(client, { namespace, name: 'app' }, { log })
    expect((await apply(tolerant, [typos])).map(({ action }) => action)).toEqual(['created'])
    expect(warnings).toMatchObject([
      {
        fields: expect.arrayContaining(['.spec.replica', '.spec.template.spec.containers[name="app"].imagePullpolicy']),
      },
    ])
    expect((await apply(manager, [typos])).map(({ action }) => action)).toEqual(['unchanged'])
  })
})
