// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OCIRepositoryRef } from '@tidelock/api'
import { mediaTypes } from '@tidelock/oci'
import { OciScene, toLayer } from './oci-scene.ts'

let scene: OciScene
let digests: Record<string, string>
beforeAll(async () => {
  scene = await OciScene.open()
  digests = {}
  for (const tag of ['1.0.0', '1.2.0', '1.3.0-rc.1', '2.0.0', 'latest', 'not-a-version', 'v1.1.0'])
    digests[tag] = (await scene.push('org/app', tag, { version: tag })).digest
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('the reference', () => {
  it.each<[string, OCIRepositoryRef | undefined, string]>([
    ['none', undefined, 'latest'],
    ['a tag', { tag: 'not-a-version' }, 'not-a-version'],
    ['a range', { semver: '1.x' }, '1.2.0'],
    ['a range, before a tag', { semver: '>=1.0.0', tag: 'latest' }, '2.0.0'],
    ['a range over versions with a v', { semver: '1.1.x' }, 'v1.1.0'],
    ['a range with pre-releases', { semver: '>=1.3.0-0 <2.0.0' }, '1.3.0-rc.1'],
    ['a range over some tags', { semver: '*', semverFilter: '^v1' }, 'v1.1.0'],
  ])('%s means the newest that fits', async (what, ref, tag) => {
    const name = what.replace(/[^a-z]+/g, '-')
    await scene.create(name, { url: scene.url('org/app'), ...(ref === undefined ? {} : { ref }) })
    const { status } = await scene.untilReady(name)
    expect(status?.artifact?.revision).toBe(`${tag}@${digests[tag]}`)
    expect(await scene.files(status?.artifact)).toEqual({ version: tag })
  })

  it('with a digest means that, before all others, and is the revision alone', async () => {
    const digest = digests['1.0.0'] ?? ''
    await scene.create('digest', { url: scene.url('org/app'), ref: { digest, semver: '*', tag: 'latest' } })
    const { status } = await scene.untilReady('digest')
    expect(status?.artifact?.revision).toBe(digest)
    expect(await scene.files(status?.artifact)).toEqual({ version: '1.0.0' })
    expect((await scene.reconcile('digest')).status?.artifact?.revision).toBe(digest)
  })

  it('picks the image for linux/amd64 of an index', async () => {
    const layer = { bytes: await toLayer({ a: 'amd64' }), mediaType: mediaTypes.fluxContent }
    const child = await scene.pushLayers('org/index', 'child', [layer])
    const other = await scene.push('org/index', 'other', { a: 'arm64' })
    const manifests = [
      { ...other, platform: { os: 'linux', architecture: 'arm64' } },
      { ...child, platform: { os: 'linux', architecture: 'amd64' } },
    ]
    const { digest } = await scene.pushIndex('org/index', 'latest', manifests)
    await scene.create('index', { url: scene.url('org/index') })
    const { status } = await scene.untilReady('index')
    expect(status?.artifact?.revision).toBe(`latest@${digest}`)
    expect(await scene.files(status?.artifact)).toEqual({ a: 'amd64' })
  })
})

describe('a reference that cannot be resolved', () => {
  it.each<[string, string, OCIRepositoryRef, string, RegExp]>([
    [
      'an unknown tag',
      'org/app',
      { tag: 'gone' },
      'OCIArtifactPullFailed',
      /^failed to determine artifact digest: GET .*: MANIFEST_UNKNOWN: manifest unknown$/,
    ],
    [
      'an unknown repository',
      'org/none',
      { semver: '*' },
      'ReadOperationFailed',
      /^failed to determine the artifact tag for 'oci:.*org\/none': .*NAME_UNKNOWN: repository name not known to registry$/,
    ],
    [
      'a range that nothing is in',
      'org/app',
      { semver: '>9' },
      'ReadOperationFailed',
      /no match found for semver: >9$/,
    ],
    ['no range', 'org/app', { semver: '>=x.y' }, 'ReadOperationFailed', /semver '>=x\.y' parse error/],
    ['no filter', 'org/app', { semver: '*', semverFilter: '(' }, 'ReadOperationFailed', /error parsing regexp/],
    [
      'an unknown digest',
      'org/app',
      { digest: `sha256:${'0'.repeat(64)}` },
      'OCIArtifactPullFailed',
      /^failed to pull artifact from 'oci:.*': .*MANIFEST_UNKNOWN/,
    ],
  ])('%s is told as it is', async (what, path, ref, reason, message) => {
    const name = what.replace(/[^a-z]+/g, '-')
    await scene.create(name, { url: scene.url(path), ref })
    expect(await scene.untilFailed(name, reason)).toMatch(message)
  })

  it('in the URL stalls', async () => {
    await scene.create('tagged', { url: scene.url('org/app:v1') })
    const message = await scene.untilFailed('tagged', 'URLInvalid')
    expect(message).toBe(
      `URL validation failed for '${scene.url('org/app:v1')}': URL must not contain a tag; remove ':v1'`,
    )
    const { status } = await scene.until('tagged', ({ status: is }) => is?.observedGeneration === 1)
    expect(status?.conditions?.find(({ type }) => type === 'Stalled')?.reason).toBe('URLInvalid')
  })
})

describe('a layer that cannot be used', () => {
  it.each<[string, string, string | undefined, RegExp]>([
    [
      'of an unknown type',
      'tar',
      'application/x.other',
      /^failed to find layer with media type 'application\/x.other' in artifact$/,
    ],
    [
      'that is no archive',
      'text',
      undefined,
      /^failed to extract layer contents from artifact: archive is not valid gzip/,
    ],
    ['that is not there', 'none', undefined, /^no layers found in artifact$/],
  ])('%s is told', async (what, kind, mediaType, message) => {
    const name = what.replace(/[^a-z]+/g, '-')
    const bytes = kind === 'tar' ? await toLayer({ a: '1' }) : Buffer.from('no archive')
    const layers = kind === 'none' ? [] : [{ bytes, mediaType: mediaTypes.fluxContent }]
    await scene.pushLayers('org/bad', name, layers)
    const layerSelector = mediaType === undefined ? {} : { layerSelector: { mediaType } }
    await scene.create(name, { url: scene.url('org/bad'), ref: { tag: name }, ...layerSelector })
    expect(await scene.untilFailed(name, 'OCIArtifactLayerOperationFailed')).toMatch(message)
  })

  it('leaves the old artifact, says that it is outdated, and recovers', async () => {
    const good = await scene.push('org/recovers', 'latest', { a: '1' })
    await scene.create('recovers', { url: scene.url('org/recovers') })
    await scene.untilReady('recovers')
    await scene.pushLayers('org/recovers', 'latest', [])
    await scene.reconcile('recovers')
    await scene.untilFailed('recovers', 'OCIArtifactLayerOperationFailed')
    const { status } = await scene.until('recovers', () => true)
    expect(status?.artifact?.revision).toBe(`latest@${good.digest}`)
    expect(status?.conditions?.find(({ type }) => type === 'ArtifactOutdated')?.message).toMatch(
      /^new revision 'latest@sha256:.*' for '127\.0\.0\.1:\d+\/org\/recovers:latest'$/,
    )
    await scene.push('org/recovers', 'latest', { a: '1' })
    await scene.reconcile('recovers')
    await scene.untilReady('recovers', `latest@${good.digest}`)
    const { message } = await scene.scene.untilEvent('recovers', 'Succeeded')
    expect(message).toBe(`stored artifact with revision 'latest@${good.digest}' from '${scene.url('org/recovers')}'`)
  })
})

it('an object that is suspended is left alone until it is resumed', async () => {
  await scene.create('paused', { url: scene.url('org/app'), suspend: true })
  await scene.create('beside', { url: scene.url('org/app') })
  await scene.untilReady('beside')
  expect((await scene.get('paused')).status?.artifact).toBeUndefined()
  await scene.patch('paused', { spec: { suspend: false } })
  await scene.untilReady('paused')
})

it('one run comes at every interval', async () => {
  await scene.push('org/polled', 'latest', { a: '1' })
  await scene.create('polled', { url: scene.url('org/polled'), interval: '1s' })
  await scene.untilReady('polled')
  const { digest } = await scene.push('org/polled', 'latest', { a: '2' })
  expect(await scene.files((await scene.untilReady('polled', `latest@${digest}`)).status?.artifact)).toEqual({ a: '2' })
})
