// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mediaTypes, referrersTag } from '@tidelock/oci'
import type { Credentials } from '@tidelock/oci'
import { startRegistry, TokenService } from '@tidelock/testkit'
import type { Registry } from '@tidelock/testkit'
import { artifact, connect, describeBytes, pushArtifact, readText } from './harness.ts'

const basic = { username: 'robot', password: 's3cret:with colon' }
const tls = async (name: string): Promise<string> =>
  readFile(new URL(`../../http/testdata/tls/${name}`, import.meta.url), 'utf8')

describe('an open registry', () => {
  let registry: Registry
  beforeAll(async () => {
    registry = await startRegistry()
  })
  afterAll(() => registry.stop())

  it('gives back what was pushed, by tag and by digest', async () => {
    await using client = connect(registry.host)
    const repository = client.repository('org/app')
    const pushed = await pushArtifact(repository, 'latest', 'one', 'two')
    expect(await repository.resolve('latest')).toEqual(pushed)
    expect(await repository.resolve(pushed.digest)).toEqual(pushed)
    const image = await repository.image(pushed.digest)
    expect(image.manifest.layers.map(({ mediaType, size }) => [mediaType, size])).toEqual([
      [mediaTypes.fluxContent, 3],
      [mediaTypes.fluxContent, 3],
    ])
    expect(await readText(repository, image.manifest.layers[1]!)).toBe('two')
  })

  it('takes a blob from a stream, and does not send it twice', async () => {
    await using client = connect(registry.host)
    const repository = client.repository('org/streams')
    const content = Buffer.alloc(300_000, 'x')
    const descriptor = describeBytes(content, '')
    let opened = 0
    const source = (): Readable => {
      opened++
      return Readable.from([content.subarray(0, 1000), content.subarray(1000)])
    }
    await repository.pushBlob(descriptor, source)
    await repository.pushBlob(descriptor, source)
    expect(opened).toBe(1)
    expect((await readText(repository, descriptor)).length).toBe(300_000)
  })

  it('refuses to store a blob under another digest', async () => {
    await using client = connect(registry.host)
    const repository = client.repository('org/streams')
    const descriptor = describeBytes(Buffer.from('what it should be'), '')
    await expect(repository.pushBlob(descriptor, Buffer.from('what is it really'))).rejects.toThrow(/DIGEST_INVALID/)
  })

  it('lists tags over pages, and gives a second name', async () => {
    await using client = connect(registry.host)
    const repository = client.repository('org/tags')
    const pushed = await pushArtifact(repository, 'v1')
    expect(await repository.tag('v1', 'stable')).toEqual(pushed)
    expect(await repository.resolve('stable')).toEqual(pushed)
    expect(await repository.tags()).toEqual(['stable', 'v1'])
  })

  it('reads referrers from the tag where there is no API for them', async () => {
    await using client = connect(registry.host)
    const repository = client.repository('org/signed')
    const subject = await pushArtifact(repository, 'v1')
    expect(await repository.referrers(subject.digest)).toEqual([])
    const entry = { ...(await pushArtifact(repository, 'signature', 'sig')), artifactType: 'application/x.sig' }
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] }
    await repository.pushManifest({
      mediaType: mediaTypes.ociIndex,
      bytes: Buffer.from(JSON.stringify(index)),
      reference: referrersTag(subject.digest),
    })
    expect(await repository.referrers(subject.digest)).toEqual([entry])
    expect(await repository.referrers(subject.digest, { artifactType: 'application/x.sig' })).toEqual([entry])
    expect(await repository.referrers(subject.digest, { artifactType: 'other' })).toEqual([])
  })

  it('finds the image for the platform in an index', async () => {
    await using client = connect(registry.host)
    const repository = client.repository('org/multi')
    const children = await Promise.all(
      ['arm64', 'amd64'].map(async (architecture) => ({
        ...(await pushArtifact(repository, architecture, architecture)),
        platform: { os: 'linux', architecture },
      })),
    )
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: children }
    const bytes = Buffer.from(JSON.stringify(index))
    await repository.pushManifest({ mediaType: mediaTypes.ociIndex, bytes, reference: 'v1' })
    expect((await repository.image('v1')).descriptor.digest).toBe(children[1]!.digest)
    const arm = { os: 'linux', architecture: 'arm64' }
    expect((await repository.image('v1', { platform: arm })).descriptor.digest).toBe(children[0]!.digest)
    const windows = { os: 'windows', architecture: 'amd64' }
    await expect(repository.image('v1', { platform: windows })).rejects.toThrow(/no child with platform windows\/amd64/)
  })

  it.each<[string, string, string]>([
    ['an unknown tag', 'org/app', 'MANIFEST_UNKNOWN: manifest unknown'],
    ['an unknown repository', 'no/such', 'NAME_UNKNOWN: repository name not known to registry'],
  ])('says what the registry says of %s', async (_what, path, message) => {
    await using client = connect(registry.host)
    const repository = client.repository(path)
    if (path === 'org/app') await pushArtifact(repository, 'latest')
    const call = path === 'org/app' ? repository.resolve('gone') : repository.tags()
    await expect(call).rejects.toThrow(
      expect.objectContaining({ code: 'NotFound', message: expect.stringContaining(message) }),
    )
  })
})

describe('a registry that asks who is there', () => {
  const asUser: Credentials = { kind: 'basic', ...basic }

  it('takes user name and password, and tells others why not', async () => {
    await using registry = await startRegistry({ basic })
    await using client = connect(registry.host, { credentials: asUser })
    await client.ping()
    await pushArtifact(client.repository('org/app'), 'latest')
    for (const credentials of [undefined, { ...asUser, password: 'wrong' }]) {
      await using other = connect(registry.host, credentials === undefined ? {} : { credentials })
      await expect(other.repository('org/app').resolve('latest')).rejects.toThrow(
        expect.objectContaining({
          code: 'AuthenticationFailed',
          message: expect.stringMatching(/^GET .*manifests\/latest: UNAUTHORIZED: authentication required$/),
        }),
      )
    }
  })

  it('takes tokens: one for each repository and right, kept until it ends', async () => {
    await using tokens = await TokenService.start({ users: { robot: basic.password } })
    await using registry = await startRegistry({ tokens })
    await using client = connect(registry.host, { credentials: asUser })
    const repository = client.repository('org/app')
    await pushArtifact(repository, 'latest', 'content')
    await Promise.all([repository.resolve('latest'), repository.resolve('latest'), repository.tags()])
    expect(tokens.requests.map(({ parameters }) => parameters.get('scope'))).toEqual([
      'repository:org/app:pull,push',
      'repository:org/app:pull',
    ])
    expect(tokens.requests.map(({ parameters }) => parameters.get('service'))).toEqual([tokens.service, tokens.service])
  })

  it('asks for a new token when the old one has ended', async () => {
    await using tokens = await TokenService.start({ users: { robot: basic.password } })
    await using registry = await startRegistry({ tokens })
    let now = Date.now()
    const clock = { now: () => now, sleep: async (): Promise<void> => undefined }
    await using client = connect(registry.host, { credentials: asUser, clock })
    const repository = client.repository('org/app')
    await pushArtifact(repository, 'latest')
    await repository.resolve('latest')
    const before = tokens.requests.length
    now += 226_000
    await repository.resolve('latest')
    expect(tokens.requests.length).toBe(before + 1)
  })

  it('exchanges an identity token', async () => {
    await using tokens = await TokenService.start({ identityTokens: ['id-token'] })
    await using registry = await startRegistry({ tokens })
    await using client = connect(registry.host, { credentials: { kind: 'identityToken', identityToken: 'id-token' } })
    await pushArtifact(client.repository('org/app'), 'latest')
    expect(tokens.requests[0]?.method).toBe('POST')
    expect(tokens.requests[0]?.parameters.get('grant_type')).toBe('refresh_token')
  })

  it('lets nobody in particular pull where that is allowed', async () => {
    await using tokens = await TokenService.start({ users: { robot: basic.password }, anonymousPull: true })
    await using registry = await startRegistry({ tokens })
    await using client = connect(registry.host, { credentials: asUser })
    const pushed = await pushArtifact(client.repository('org/app'), 'latest')
    await using anonymous = connect(registry.host)
    expect(await anonymous.repository('org/app').resolve('latest')).toEqual(pushed)
    await expect(pushArtifact(anonymous.repository('org/app'), 'v2', 'more')).rejects.toThrow(/UNAUTHORIZED/)
  })

  it('says so when the token service refuses', async () => {
    await using tokens = await TokenService.start({ users: { robot: basic.password } })
    await using registry = await startRegistry({ tokens })
    await using client = connect(registry.host, { credentials: { ...asUser, password: 'wrong' } })
    await expect(client.repository('org/app').resolve('latest')).rejects.toThrow(
      expect.objectContaining({
        code: 'AuthenticationFailed',
        message: expect.stringMatching(/token.*UNAUTHORIZED: incorrect username or password/),
      }),
    )
  })
})

describe('a registry over TLS', () => {
  it('is trusted by its authority, or by anybody who does not care', async () => {
    await using registry = await startRegistry({ tls: { cert: await tls('server.crt'), key: await tls('server.key') } })
    await using client = connect(registry.host, { ca: await tls('ca.crt') })
    await pushArtifact(client.repository('org/app'), 'latest')
    await using careless = connect(registry.host, { insecure: true })
    await careless.ping()
    const pair = { cert: await tls('client.crt'), key: await tls('client.key') }
    await using known = connect(registry.host, { insecure: true, ...pair })
    await expect(known.ping()).rejects.toThrow(expect.objectContaining({ code: 'TlsFailed' }))
    await using careful = connect(registry.host)
    await expect(careful.ping()).rejects.toThrow(expect.objectContaining({ code: 'TlsFailed' }))
  })
})

it('gives a manifest that is not under its digest to nobody', async () => {
  await using registry = await startRegistry()
  await using client = connect(registry.host)
  const { manifest } = artifact()
  const bytes = Buffer.concat([manifest, Buffer.from(' ')])
  const reference = describeBytes(manifest, '').digest
  await expect(
    client.repository('a/b').pushManifest({ mediaType: mediaTypes.ociManifest, bytes, reference }),
  ).rejects.toThrow(expect.objectContaining({ code: 'DigestMismatch' }))
})
