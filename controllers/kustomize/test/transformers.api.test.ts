// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { configMap, deployment, manifest, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

interface Deployment extends KubeObject {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } }
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** Builds `./app` with the spec and returns the ids of the inventory without the namespace. */
async function idsOf(name: string, files: Record<string, string>, spec: SceneSpec): Promise<string[]> {
  const revision = await scene.deploy(name, files, { path: './app', ...spec })
  const { status } = await scene.untilReady(name, revision)
  return (status?.inventory?.entries ?? []).map(({ id }) => id.replace(`${scene.namespace}_`, ''))
}

describe('the spec over the build', () => {
  it('sets namespace, prefix and suffix, also where objects name others', async () => {
    const pod = {
      restartPolicy: 'Never',
      containers: [{ name: 'a', image: 'a', envFrom: [{ configMapRef: { name: 'settings' } }] }],
    }
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'job', namespace: 'elsewhere' },
      spec: { template: { spec: pod } },
    }
    const files = { 'app/settings.yaml': configMap('settings'), 'app/job.yaml': manifest(job) }
    const ids = await idsOf('names', files, { namePrefix: 'pre-', nameSuffix: '-post' })
    expect(ids).toEqual(['pre-settings-post__ConfigMap', 'pre-job-post_batch_Job'])
    const live = await scene.client.get(scene.object('Job', 'pre-job-post', 'batch/v1'))
    expect(JSON.stringify(live['spec'])).toContain('"configMapRef":{"name":"pre-settings-post"}')
  })

  it('patches, strategically and by operations, what the target selects', async () => {
    const files = { 'app/one.yaml': deployment('patched-one'), 'app/two.yaml': deployment('patched-two') }
    await idsOf('patches', files, {
      patches: [
        { patch: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: patched-one}\nspec: {replicas: 3}\n' },
        { patch: '- {op: replace, path: /spec/replicas, value: 2}', target: { kind: 'Deployment', name: '.*-two' } },
      ],
    })
    const replicas = await Promise.all(
      ['patched-one', 'patched-two'].map(async (name) => {
        const live = await scene.client.get<Deployment>(scene.object('Deployment', name, 'apps/v1'))
        return live.spec.replicas
      }),
    )
    expect(replicas).toEqual([3, 2])
  })

  it('patches what every part of a target selects, and refuses one that cannot be applied', async () => {
    const marked = (name: string, metadata: object): string => configMap(name, { at: 'base' }, metadata)
    const files = {
      'app/a.yaml': marked('by-label', { labels: { tier: 'front' } }),
      'app/b.yaml': marked('by-annotation', { annotations: { owner: 'ops' } }),
      'app/c.yaml': marked('by-namespace', { namespace: 'elsewhere' }),
      'app/d.yaml': deployment('by-group'),
      'app/e.yaml': marked('untouched', {}),
    }
    const set = (at: string): string => `- {op: replace, path: /data/at, value: ${at}}`
    const scale = '- {op: replace, path: /spec/replicas, value: 3}'
    await idsOf('targets', files, {
      patches: [
        { patch: set('label'), target: { kind: 'ConfigMap', labelSelector: 'tier in (front)' } },
        { patch: set('annotation'), target: { kind: 'ConfigMap', annotationSelector: 'owner=ops' } },
        { patch: set('namespace'), target: { kind: 'ConfigMap', namespace: 'else.*' } },
        { patch: scale, target: { group: 'apps', version: 'v1' } },
        { patch: scale, target: { group: 'batch', version: 'v1' } },
        { patch: scale, target: { group: 'apps', version: 'v2' } },
      ],
    })
    const names = ['by-label', 'by-annotation', 'by-namespace', 'untouched']
    const live = await Promise.all(names.map((name) => scene.client.get(scene.object('ConfigMap', name))))
    expect(live.map(({ data }) => data)).toEqual([
      { at: 'label' },
      { at: 'annotation' },
      { at: 'namespace' },
      { at: 'base' },
    ])
    const scaled = await scene.client.get<Deployment>(scene.object('Deployment', 'by-group', 'apps/v1'))
    expect(scaled.spec.replicas).toBe(3)
    const patches = [{ patch: set('x'), target: { kind: 'Deployment' } }]
    await scene.deploy('bad-patch', files, { path: './app', patches })
    await scene.untilFailed('bad-patch', 'BuildFailed', /\/data\/at/)
  })

  it('replaces images, over what the kustomization says', async () => {
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['app.yaml'],
      images: [{ name: 'example.com/app', newTag: '2.0.0' }],
    }
    const files = { 'app/kustomization.yaml': manifest(kustomization), 'app/app.yaml': deployment('imaged') }
    const digest = `sha256:${'a'.repeat(64)}`
    await idsOf('images', files, { images: [{ name: 'example.com/app', newName: 'example.com/other', digest }] })
    const live = await scene.client.get<Deployment>(scene.object('Deployment', 'imaged', 'apps/v1'))
    expect(live.spec.template.spec.containers[0]?.image).toBe(`example.com/other@${digest}`)
  })

  it('replaces the tag alone, and renames without one', async () => {
    const files = { 'app/a.yaml': deployment('retagged') }
    const images = [
      { name: 'example.com/app', newTag: '3.0.0' },
      { name: 'example.com/none', newName: 'example.com/never' },
    ]
    await idsOf('tags', files, { images })
    const read = async (): Promise<string | undefined> => {
      const live = await scene.client.get<Deployment>(scene.object('Deployment', 'retagged', 'apps/v1'))
      return live.spec.template.spec.containers[0]?.image
    }
    const retagged = await read()
    await scene.patch('tags', { spec: { images: [{ name: 'example.com/app', newName: 'example.com/renamed' }] } })
    await scene.untilReady('tags')
    expect([retagged, await read()]).toEqual(['example.com/app:3.0.0', 'example.com/renamed:1.0.0'])
  })

  it('adds components, and leaves out missing ones only where that is asked for', async () => {
    const component = manifest({
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      resources: ['extra.yaml'],
    })
    const files = {
      'app/app.yaml': configMap('plain'),
      'parts/kustomization.yaml': component,
      'parts/extra.yaml': configMap('extra'),
    }
    const components = ['../parts', '../missing']
    const ids = await idsOf('components', files, { components, ignoreMissingComponents: true })
    expect(ids).toEqual(['extra__ConfigMap', 'plain__ConfigMap'])
    await scene.deploy('no-components', files, { path: './app', components })
    await scene.untilFailed('no-components', 'BuildFailed', /missing/)
  })

  it.each(['/parts', 'https://example.com/parts', 'github.com/example/parts//app?ref=v1'])(
    'refuses a component that is not local and relative: %s',
    async (component) => {
      const name = `far-component-${component.length}`
      const files = { 'app/a.yaml': configMap(name), 'parts/kustomization.yaml': 'kind: Component\n' }
      // one that is missing is passed over, and this is none of those
      await scene.deploy(name, files, { path: './app', components: [component], ignoreMissingComponents: true })
      await scene.untilFailed(name, 'BuildFailed', /^spec\.components: '.*' must be a path relative to spec\.path$/)
      expect(await scene.client.find(scene.object('ConfigMap', name))).toBeUndefined()
    },
  )

  it('sets common metadata on every object, and not in templates or selectors', async () => {
    const files = { 'app/a.yaml': deployment('common') }
    const commonMetadata = { labels: { team: 'retail', app: 'over' }, annotations: { owner: 'them' } }
    await idsOf('common', files, { commonMetadata })
    const live = await scene.client.get<Deployment>(scene.object('Deployment', 'common', 'apps/v1'))
    expect(live.metadata).toMatchObject({
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'common',
        'kustomize.toolkit.fluxcd.io/namespace': scene.namespace,
        team: 'retail',
        app: 'over',
      },
      annotations: { owner: 'them' },
    })
    expect(live.spec).toMatchObject({
      selector: { matchLabels: { app: 'common' } },
      template: { metadata: { labels: { app: 'common' } } },
    })
  })

  it('writes where objects come from', async () => {
    const files = { 'app/a.yaml': configMap('origin') }
    await idsOf('origin', files, { buildMetadata: ['originAnnotations'] })
    const live = await scene.client.get(scene.object('ConfigMap', 'origin'))
    expect(live.metadata.annotations?.['config.kubernetes.io/origin']).toBe('path: a.yaml\n')
    await scene.patch('origin', { spec: { namePrefix: 'moved-', buildMetadata: ['transformerAnnotations'] } })
    await scene.untilReady('origin')
    const moved = await scene.client.get(scene.object('ConfigMap', 'moved-origin'))
    expect(moved.metadata.annotations?.['alpha.config.kubernetes.io/transformations']).toContain('PrefixTransformer')
    expect(moved.metadata.annotations).not.toHaveProperty('config.kubernetes.io/origin')
  })

  it('tells the origin where a kustomization lists no resources, unless the spec says otherwise', async () => {
    const kustomization = {
      ...{ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' },
      generatorOptions: { disableNameSuffixHash: true },
      configMapGenerator: [{ name: 'made', literals: ['a=b'] }],
    }
    await idsOf('quirk', { 'app/kustomization.yaml': manifest(kustomization) }, {})
    const origin = 'config.kubernetes.io/origin'
    const made = await scene.client.get(scene.object('ConfigMap', 'made'))
    expect(made.metadata.annotations?.[origin]).toContain('configuredIn: kustomization.yaml')
    await scene.patch('quirk', { spec: { buildMetadata: ['transformerAnnotations'] } })
    await scene.untilReady('quirk')
    const after = await scene.client.get(scene.object('ConfigMap', 'made'))
    expect(after.metadata.annotations).not.toHaveProperty([origin])
  })
})
