// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { conditionsOf, configMap, deployment, manifest, Scene } from './harness.ts'

interface Config extends KubeObject {
  data?: Record<string, string>
}

it('--custom-apply-stage-kinds are applied before the rest, which is not tried when they are refused', async () => {
  await using scene = await Scene.open({ flags: ['--custom-apply-stage-kinds=/ConfigMap,apps/StatefulSet'] })
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'staged' },
    spec: { ports: [{ port: 99_999 }] },
  }
  const files = { 'a.yaml': configMap('staged'), 'b.yaml': manifest(service) }
  await scene.deploy('staged', files)
  const failed = await scene.untilFailed('staged', 'ReconciliationFailed', /Service\/.*\/staged/)
  expect(conditionsOf(failed)['Ready']?.[2]).toMatch(new RegExp(`\nConfigMap/${scene.namespace}/staged created$`))
  await scene.publish({ 'a.yaml': configMap('Bad_Name'), 'b.yaml': manifest(service) }, { source: 'staged' })
  const first = await scene.untilFailed('staged', 'ReconciliationFailed', /Bad_Name/)
  expect(conditionsOf(first)['Ready']?.[2]).not.toContain('Service')
})

it('--override-manager takes back what that manager set, and others are left alone', async () => {
  await using scene = await Scene.open({ flags: ['--override-manager=helper', '--override-manager=other-tool'] })
  const revision = await scene.deploy('overridden', { 'a.yaml': configMap('overridden', { key: 'ours' }) })
  await scene.untilReady('overridden', revision)
  const ref = scene.object('ConfigMap', 'overridden')
  const set = (data: object, fieldManager: string) =>
    scene.client.patch(ref, { type: 'merge', body: { data }, fieldManager })
  await set({ theirs: 'stays' }, 'somebody')
  await set({ added: 'goes' }, 'other-tool')
  await scene.untilLive<Config>(ref, ({ data }) => data?.['added'] === undefined)
  await scene.reconcile('overridden')
  expect((await scene.client.get<Config>(ref)).data).toEqual({ key: 'ours', theirs: 'stays' })
})

it('without StrictPostBuildSubstitutions a variable without a value is empty', async () => {
  await using scene = await Scene.open({ flags: ['--feature-gates=StrictPostBuildSubstitutions=false'] })
  const files = { 'a.yaml': configMap('lenient', { text: 'a=${A} b=[${B}] c=${C:=default}' }) }
  await scene.untilReady('lenient', await scene.deploy('lenient', files, { postBuild: { substitute: { A: '1' } } }))
  const live = await scene.client.get<Config>(scene.object('ConfigMap', 'lenient'))
  expect(live.data).toEqual({ text: 'a=1 b=[] c=default' })
})

it('with DisableFailFastBehavior a wait goes on although an object has failed', async () => {
  await using scene = await Scene.open({ flags: ['--feature-gates=DisableFailFastBehavior=true'] })
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'failing' },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations: { 'kwok.tidelock.dev/behaviour': 'Failed' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'example.com/a:1' }] },
      },
    },
  }
  const files = { 'a.yaml': manifest(job), 'b.yaml': deployment('slow', 'Unready') }
  const revision = await scene.deploy('patient', files, { wait: true, timeout: '5m' })
  await scene.untilLive(
    scene.object('Job', 'failing', 'batch/v1'),
    (live) =>
      JSON.stringify(live['status']).includes('"type":"Failed","status":"True"') ||
      JSON.stringify(live['status']).includes('"status":"True","type":"Failed"'),
  )
  // somebody else's whole run ends meanwhile
  await scene.untilReady('beside', await scene.deploy('beside', { 'a.yaml': configMap('beside') }))
  const waiting = await scene.until('patient', ({ status }) => status?.lastAttemptedRevision === revision)
  expect(conditionsOf(waiting)['Healthy']?.[0]).toBe('Unknown')
})

it('with GroupChangeLog the log groups what was applied by action', async () => {
  await using scene = await Scene.open({ flags: ['--feature-gates=GroupChangeLog=true'] })
  const files = { 'a.yaml': configMap('grouped-a'), 'b.yaml': configMap('grouped-b') }
  await scene.untilReady('grouped', await scene.deploy('grouped', files))
  const lines = scene.log.map((line) => JSON.parse(line) as { msg?: string; output?: object })
  expect(lines.find(({ msg }) => msg === 'server-side apply completed')?.output).toEqual({
    created: [`ConfigMap/${scene.namespace}/grouped-a`, `ConfigMap/${scene.namespace}/grouped-b`],
  })
})

it('with MigrateAPIVersion our entry in managedFields follows the version of the source', async () => {
  await using scene = await Scene.open({ flags: ['--feature-gates=MigrateAPIVersion=true'] })
  const group = `m${randomBytes(4).toString('hex')}.example.com`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const names = { kind: 'Gauge', plural: 'gauges' }
  const versions = ['v1', 'v1beta1'].map((name) => ({ name, served: true, storage: name === 'v1', schema }))
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gauges.${group}` },
    spec: { group, names, scope: 'Namespaced', versions },
  }
  const files = (version: string) => ({
    'a.yaml': manifest(definition),
    'b.yaml': manifest({ apiVersion: `${group}/${version}`, kind: 'Gauge', metadata: { name: 'g' }, spec: { at: 1 } }),
  })
  await scene.untilReady('migrated', await scene.deploy('migrated', files('v1beta1')))
  await scene.untilReady('migrated', await scene.publish(files('v1'), { source: 'migrated' }))
  const live = await scene.client.get(scene.object('Gauge', 'g', `${group}/v1`))
  expect(live.metadata.managedFields?.map(({ apiVersion }) => apiVersion)).toEqual([`${group}/v1`])
})
