// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { putKeys, putSecret, secretData, sops, vector, vectorText } from './decryption.ts'
import type { SecretObject } from './decryption.ts'
import { configMap, manifest, Scene } from './harness.ts'
import type { Files } from './artifact-source.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  await putKeys(scene, 'keys', 'one.agekey', 'hybrid.agekey', 'pgp.asc', 'pgp-25519.asc')
  await putKeys(scene, 'other', 'two.agekey')
})
afterAll(() => scene[Symbol.asyncDispose]())

/** The encrypted Secret `app` of the vectors, under another name. */
function whole(name: string, file = 'secret.yaml'): string {
  return vectorText(`encrypted/${file}`).replace('name: app', `name: ${name}`)
}

/** The message with which the run failed. */
async function failure(name: string, reason = 'BuildFailed'): Promise<string> {
  return getCondition(await scene.untilFailed(name, reason), 'Ready')?.message ?? ''
}

describe('a document that is encrypted as a whole', () => {
  it.each(['secret.yaml', 'secret-hybrid.yaml', 'secret-pgp.yaml', 'mac-only.yaml', 'secret-two-recipients.yaml'])(
    '%s is applied in plain',
    async (file) => {
      const name = file.replace('.yaml', '')
      const revision = await scene.deploy(name, { 'a.yaml': whole(name, file) }, sops('keys'))
      await scene.untilReady(name, revision)
      const { token, count } = await secretData(scene, name)
      expect([String(token), String(count)]).toEqual(['s3cret-token', '3'])
      const live = await scene.client.get<SecretObject & { sops?: object }>(scene.object('Secret', name))
      expect(live.sops).toBeUndefined()
      expect(live.metadata.labels).toMatchObject({ app: 'web' })
    },
  )
  it('has its variables substituted after that', async () => {
    const files = { 'a.yaml': whole('vars').replace('app: web', 'app: ${APP}') }
    const revision = await scene.deploy('vars', files, { ...sops('keys'), postBuild: { substitute: { APP: 'shop' } } })
    await scene.untilReady('vars', revision)
    const live = await scene.client.get(scene.object('Secret', 'vars'))
    expect(live.metadata.labels).toMatchObject({ app: 'shop' })
    expect(String((await secretData(scene, 'vars'))['token'])).toBe('s3cret-token')
  })
  it('is refused without spec.decryption', async () => {
    await scene.deploy('left', { 'a.yaml': whole('left') })
    expect(await failure('left', 'ReconciliationFailed')).toMatch(
      /Secret\/.*left is SOPS encrypted, configuring decryption is required/,
    )
  })
  it('is put back when somebody edits it', async () => {
    const revision = await scene.deploy('drift', { 'a.yaml': whole('drift') }, sops('keys'))
    await scene.untilReady('drift', revision)
    const ref = scene.object('Secret', 'drift')
    const data = { token: Buffer.from('by hand').toString('base64') }
    await scene.client.patch<SecretObject>(ref, { type: 'merge', body: { data }, fieldManager: 'kubectl-edit' })
    await eventually(async () => expect(String((await secretData(scene, 'drift'))['token'])).toBe('s3cret-token'))
  })
  it('is not decrypted again for what somebody edits beside it, and stays in the inventory', async () => {
    const source = (salt: string): Files => ({
      'a.yaml': whole('near'),
      'b.yaml': configMap('beside'),
      'salt.txt': salt,
    })
    const builds = (): number =>
      scene.log.filter((line) => line.includes('"rendered"') && line.includes('"name":"near"')).length
    await scene.deploy('near', source(''), sops('keys'))
    const { status } = await scene.untilReady('near')
    // until both are watched
    await eventually(async () => {
      const before = builds()
      await scene.untilReady('near', await scene.publish(source(String(performance.now())), { source: 'near' }))
      expect(builds()).toBe(before)
    })
    const before = builds()
    const edit = { type: 'merge', body: { data: { key: 'by hand' } }, fieldManager: 'kubectl-edit' } as const
    await scene.client.patch(scene.object('ConfigMap', 'beside'), edit)
    await scene.untilLive(scene.object('ConfigMap', 'beside'), ({ data }) => (data as { key: string }).key === 'value')
    const ready = await scene.untilReady('near')
    expect(builds()).toBe(before)
    expect(ready.status?.inventory).toEqual(status?.inventory)
    expect(String((await secretData(scene, 'near'))['token'])).toBe('s3cret-token')
    // what was decrypted is not at hand
    await scene.client.delete(scene.object('Secret', 'near'))
    await eventually(async () => expect(String((await secretData(scene, 'near'))['token'])).toBe('s3cret-token'))
    expect(builds()).toBeGreaterThan(before)
  })
})

describe('values of a Secret', () => {
  const files = [
    'all.yaml',
    'all.json',
    'app.env',
    'app.ini',
    'blob.bin',
    'token.txt',
    'docker.dockerconfigjson',
  ] as const
  const data = Object.fromEntries(files.map((name) => [name, vector(`encrypted/${name}`).toString('base64')]))

  it('are decrypted into the format that their key names', async () => {
    const across = { 'yaml-as.json': data['all.yaml'], 'env-as.yaml': data['app.env'], plain: 'cGxhaW4=' }
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'values' }, data: { ...data, ...across } }
    const revision = await scene.deploy('values', { 'a.yaml': manifest(secret) }, sops('keys'))
    await scene.untilReady('values', revision)
    const live = await secretData(scene, 'values')
    for (const name of files) expect([name, live[name]]).toEqual([name, vector(`expected/${name}`)])
    expect(String(live['yaml-as.json'])).toBe(vectorText('expected/all.yaml.as-json'))
    expect(String(live['env-as.yaml'])).toBe(vectorText('expected/app.env.as-yaml'))
    expect(String(live['plain'])).toBe('plain')
  })
  it('that are large and plain stay as they are', async () => {
    const large = Buffer.alloc(700 * 2 ** 10, 'x').toString('base64')
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'large-value' }, data: { large } }
    const revision = await scene.deploy('large-value', { 'a.yaml': manifest(secret) }, sops('keys'))
    await scene.untilReady('large-value', revision)
    expect((await secretData(scene, 'large-value'))['large']).toHaveLength(700 * 2 ** 10)
  })
  it('stay as they are with the annotation, whatever its case', async () => {
    const metadata = { name: 'kept', annotations: { 'kustomize.toolkit.fluxcd.io/decrypt': 'Disabled' } }
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: { 'token.txt': data['token.txt'] } }
    const revision = await scene.deploy('kept', { 'a.yaml': manifest(secret) }, sops('keys'))
    await scene.untilReady('kept', revision)
    expect((await secretData(scene, 'kept'))['token.txt']).toEqual(vector('encrypted/token.txt'))
  })
  it('are decrypted also where nothing but the object says which format', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'wrong' }, data: { a: data['all.yaml'] } }
    await scene.deploy('wrong', { 'a.yaml': manifest(secret) }, sops('keys'))
    // neither JSON with `data` nor anything else that a binary value could be
    expect(await failure('wrong')).toMatch(
      /^decryption failed for 'Secret\.v1\.\[noGrp\]\/wrong': failed to decrypt and format '.*\/wrong' Secret field 'a': the file is no binary one/,
    )
  })
})

describe('files that a kustomization names', () => {
  it('are decrypted for secret generators, in bases and components too', async () => {
    const generator = (...lines: string[]): string =>
      ['generatorOptions: {disableNameSuffixHash: true}', 'secretGenerator:', ...lines].join('\n')
    const component = `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n`
    const files = {
      'app/kustomization.yaml': `resources: [../base]\ncomponents: [../component]\n${generator('- name: gen', '  files: [token.txt, conf.yaml=enc/conf]', '  envs: [app.env]')}`,
      'app/token.txt': vectorText('encrypted/token.txt'),
      'app/enc/conf': vectorText('encrypted/all.yaml'),
      'app/app.env': vectorText('encrypted/app.env'),
      'base/kustomization.yaml': generator('- name: gen-base', '  files: [app.ini, blob.bin]'),
      'base/app.ini': vectorText('encrypted/app.ini'),
      'base/blob.bin': vectorText('encrypted/blob.bin'),
      'component/kustomization.yaml': component + generator('- name: gen-component', '  envs: [prod]'),
      'component/prod': vectorText('encrypted/groups.env'),
    }
    await putKeys(scene, 'group-keys', 'one.agekey', 'three.agekey')
    const revision = await scene.deploy('generators', files, { ...sops('group-keys'), path: './app' })
    await scene.untilReady('generators', revision)
    const live = await secretData(scene, 'gen')
    expect(live['token.txt']).toEqual(vector('expected/token.txt'))
    expect(live['conf.yaml']).toEqual(vector('expected/all.yaml'))
    expect(String(live['PLAIN'])).toBe('hello')
    const base = await secretData(scene, 'gen-base')
    expect([base['app.ini'], base['blob.bin']]).toEqual([vector('expected/app.ini'), vector('expected/blob.bin')])
    expect(String((await secretData(scene, 'gen-component'))['PLAIN'])).toBe('hello')
  })
  it('are decrypted for patches', async () => {
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\npatches:\n- path: patch.yaml\n',
      'a.yaml': manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'app' }, stringData: { open: 'yes' } }),
      'patch.yaml': vectorText('encrypted/secret.yaml'),
    }
    const revision = await scene.deploy('patches', files, sops('keys'))
    await scene.untilReady('patches', revision)
    const { open, token } = await secretData(scene, 'app')
    expect([String(open), String(token)]).toEqual(['yes', 's3cret-token'])
  })
  it('may have 5 MiB', async () => {
    const kustomization = 'secretGenerator:\n- name: large\n  files: [sub/large]\n'
    const files = { 'kustomization.yaml': kustomization, 'sub/large': 'x'.repeat(5 * 2 ** 20 + 1) }
    await scene.deploy('large', files, sops('keys'))
    expect(await failure('large')).toMatch(
      /^error decrypting sources: cannot decrypt file 'sub\/large': its 5242881 bytes exceed/,
    )
  })
})

describe('keys', () => {
  it('that are missing fail the build by name', async () => {
    await scene.deploy('no-secret', { 'a.yaml': whole('no-secret') }, sops('absent'))
    expect(await failure('no-secret')).toMatch(
      /^cannot get sops decryption Secret '.*\/absent': secrets "absent" not found/,
    )
  })
  it('that do not fit are named by recipient, with the object', async () => {
    await scene.deploy('no-key', { 'a.yaml': whole('no-key') }, sops('other'))
    const words =
      /^decryption failed for 'Secret\.v1\.\[noGrp\]\/no-key': failed to decrypt and format '.*\/no-key' Secret data: no key opens the data key: age age125llu\w+: none of the 1 age identities is of this recipient \(age1zr07\w+\)/
    expect(await failure('no-key')).toMatch(words)
    await scene.deploy(
      'no-key-file',
      {
        'kustomization.yaml': 'secretGenerator:\n- name: t\n  files: [token.txt]\n',
        'token.txt': vectorText('encrypted/token.txt'),
      },
      sops('other'),
    )
    expect(await failure('no-key-file')).toMatch(
      /^error decrypting sources: cannot decrypt file 'token.txt': no key opens the data key/,
    )
  })
  it('of which there are none say where to put them', async () => {
    await putSecret(scene, 'misnamed', { 'key.txt': 'AGE-SECRET-KEY-1' })
    await scene.deploy('misnamed-key', { 'a.yaml': whole('misnamed-key') }, sops('misnamed'))
    expect(await failure('misnamed-key')).toMatch(
      /: there is no age identity: put one into the Secret of spec\.decryption\.secretRef, under a name that ends in \.agekey/,
    )
  })
  it('that cannot be read fail the build by entry, without a word of them', async () => {
    await putSecret(scene, 'broken', { 'a.agekey': 'AGE-SECRET-KEY-1BROKEN' })
    await scene.deploy('broken-key', { 'a.yaml': whole('broken-key') }, sops('broken'))
    const failed = await scene.untilFailed(
      'broken-key',
      'BuildFailed',
      /^failed to import 'a.agekey' data from sops decryption Secret '.*\/broken': line 1 is no valid age identity/,
    )
    expect(JSON.stringify(failed)).not.toContain('1BROKEN')
  })
  it('that are exchanged start a run where their Secret is watched', async () => {
    const labels = { 'reconcile.fluxcd.io/watch': 'Enabled' }
    await putSecret(scene, 'rotated', { 'a.agekey': vector('keys/two.agekey') }, labels)
    await scene.deploy('rotation', { 'a.yaml': whole('rotation') }, sops('rotated'))
    expect(await failure('rotation')).toMatch(/no key opens/)
    await putSecret(scene, 'rotated', { 'a.agekey': vector('keys/one.agekey') }, labels)
    await scene.untilReady('rotation')
    expect(String((await secretData(scene, 'rotation'))['token'])).toBe('s3cret-token')
    await putSecret(scene, 'rotated', { 'a.agekey': vector('keys/two.agekey') }, labels)
    expect(await failure('rotation')).toMatch(/no key opens/)
  })
  it('are asked for by a ServiceAccount behind the gate alone', async () => {
    const decryption = { provider: 'sops', serviceAccountName: 'robot' } as const
    await scene.deploy('gate', { 'a.yaml': whole('gate') }, { decryption })
    const stalled = await scene.untilFailed(
      'gate',
      'FeatureGateDisabled',
      /please enable the ObjectLevelWorkloadIdentity feature gate/,
    )
    expect(stalled.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'FeatureGateDisabled' }),
    )
  })
})

describe('what was decrypted', () => {
  it('is told by no event, status or line of the log', async () => {
    const config = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'Bad_name' }, stringData: { a: 'b' } }
    await scene.deploy('quiet', { 'a.yaml': whole('quiet'), 'b.yaml': manifest(config) }, sops('keys'))
    await scene.untilFailed('quiet', 'ReconciliationFailed')
    const told = [
      ...scene.log,
      JSON.stringify(scene.receiver.of('quiet')),
      JSON.stringify(await scene.get('quiet')),
    ].join('\n')
    expect(told).toContain('quiet')
    for (const secret of ['s3cret-token', Buffer.from('s3cret-token').toString('base64'), 'AGE-SECRET-KEY']) {
      expect(told).not.toContain(secret)
    }
  })
})
