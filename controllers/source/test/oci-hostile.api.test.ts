// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { digestOf, mediaTypes } from '@tidelock/oci'
import { ScriptedRegistry } from '@tidelock/testkit'
import { OciScene, toLayer } from './oci-scene.ts'

let scene: OciScene
beforeAll(async () => {
  scene = await OciScene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** A registry with one artifact, whose layer's descriptor and bytes need not go together. */
function serving(layer: Buffer, sent: Buffer): Promise<ScriptedRegistry> {
  const describe = (bytes: Buffer, mediaType: string): object => ({
    ...{ mediaType, digest: digestOf(bytes), size: bytes.length },
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(Buffer.from('{}'), mediaTypes.fluxConfig),
      layers: [describe(layer, mediaTypes.fluxContent)],
    }),
  )
  return ScriptedRegistry.start(({ url }, response) => {
    if (url === '/v2/') response.end()
    else if (url.includes('/blobs/')) response.end(sent)
    else response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end(manifest)
  })
}

/** A gzip'ed tar with one entry whose header says so. */
function tarOf(path: string, size: number, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(path, 0)
  header.write('0000644\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return gzipSync(Buffer.concat([header, content, padding, Buffer.alloc(1024)]))
}

describe('a layer', () => {
  it.each<[string, () => Promise<{ layer: Buffer; sent?: Buffer }>, 'extract' | 'copy', RegExp]>([
    [
      'with other bytes than its digest says',
      async () => ({ layer: await toLayer({ a: '1' }), sent: await toLayer({ a: '2' }) }),
      'extract',
      /^failed to extract layer contents from artifact: blob .*: the registry (sent|announces) /,
    ],
    [
      'with other bytes, to be copied',
      async () => ({ layer: Buffer.from('the right one'), sent: Buffer.from('the wrong one') }),
      'copy',
      /^failed to copy layer from artifact: blob .*: the registry sent content with digest/,
    ],
    [
      'with other bytes behind the end of its archive',
      async () => {
        const layer = await toLayer({ a: '1' })
        return { layer: Buffer.concat([layer, Buffer.alloc(99)]), sent: Buffer.concat([layer, Buffer.alloc(99, 1)]) }
      },
      'extract',
      /^failed to extract layer contents from artifact: /,
    ],
    [
      'that leads out of the artifact',
      async () => ({ layer: tarOf('../../escaped', 1, Buffer.from('x')) }),
      'extract',
      /^failed to extract layer contents from artifact: .*escaped/,
    ],
    [
      'that unpacks to far more than it is',
      async () => ({ layer: tarOf('bomb', 80 * 1024 * 1024, Buffer.alloc(80 * 1024 * 1024)) }),
      'extract',
      /^failed to extract layer contents from artifact: .*uncompressed bytes for each compressed one/,
    ],
  ])('%s is not stored', async (what, make, operation, message) => {
    const { layer, sent = layer } = await make()
    await using registry = await serving(layer, sent)
    const name = what.replace(/[^a-z]+/g, '-')
    await scene.create(name, { url: `oci://${registry.host}/org/app`, layerSelector: { operation } })
    expect(await scene.untilFailed(name, 'OCIArtifactLayerOperationFailed')).toMatch(message)
    const { namespace, storagePath } = scene.scene
    const stored = await readdir(join(storagePath, 'ocirepository', namespace, name)).catch(() => [])
    expect(stored.filter((file) => !file.startsWith('.'))).toEqual([])
    await scene.patch(name, { spec: { suspend: true } })
  })
})
