// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { assert, constantFrom, json, jsonValue, oneof, property, string, tuple } from 'fast-check'
import { digestOf } from './digest.ts'
import { OciError } from './errors.ts'
import { mediaTypes } from './media-types.ts'
import { parseManifest } from './parse-manifest.ts'
import type { FetchedManifest } from './types.ts'

const digest = digestOf(Buffer.from('x'))
const descriptor = { mediaType: 'text/plain', digest, size: 1 }
const image = { schemaVersion: 2, config: descriptor, layers: [descriptor] }

function parse(document: unknown, mediaType: string = mediaTypes.ociManifest): FetchedManifest {
  const bytes = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))
  return parseManifest(bytes, { mediaType, digest: digestOf(bytes), size: bytes.length }, 3)
}

it('reads manifests and indexes, OCI and Docker', () => {
  const annotations = { a: 'b' }
  const subject = { ...descriptor, artifactType: 't', annotations }
  const full = { ...image, mediaType: mediaTypes.ociManifest, artifactType: 't', subject, annotations }
  expect(parse(full)).toMatchObject({ kind: 'image', manifest: full })
  expect(parse(image, mediaTypes.dockerManifest)).toMatchObject({ kind: 'image', manifest: image })
  const platform = { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': '1' }
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, platform }] }
  expect(parse(index, mediaTypes.dockerIndex)).toMatchObject({ kind: 'index', index })
  expect(parse({ ...image, layers: null })).toMatchObject({ manifest: { layers: [] } })
})

it.each<[string, unknown]>([
  ['of another version', { ...image, schemaVersion: 1 }],
  ['without a config', { ...image, config: undefined }],
  ['with layers that are no list', { ...image, layers: {} }],
  ['with a digest that is none', { ...image, layers: [{ ...descriptor, digest: 'sha256:../..' }] }],
  ['with a negative size', { ...image, layers: [{ ...descriptor, size: -1 }] }],
  ['with a size of no number', { ...image, layers: [{ ...descriptor, size: '1' }] }],
  ['with a size beyond all', { ...image, layers: [{ ...descriptor, size: 1e300 }] }],
  ['that is an index too', { ...image, manifests: [] }],
  ['of another type than it says', { ...image, mediaType: mediaTypes.ociIndex }],
  ['with annotations that are no texts', { ...image, annotations: { a: 1 } }],
  ['that is a list', []],
  ['that is null', null],
  ['that is no JSON', '{'],
])('a manifest %s is refused', (_what, document) => {
  expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'ProtocolError' }))
})

it('an index with layers is refused', () => {
  const both = { schemaVersion: 2, manifests: [], layers: [] }
  expect(() => parse(both, mediaTypes.ociIndex)).toThrow(/an index with layers/)
})

it.each<[string, object]>([
  ['layers', { ...image, layers: Array.from({ length: 4 }, () => descriptor) }],
  ['annotations', { ...image, annotations: Object.fromEntries(Array.from({ length: 1001 }, (_each, at) => [at, ''])) }],
  ['letters', { ...image, annotations: { a: 'x'.repeat(100_000) } }],
])('more %s than any artifact has are refused', (_what, document) => {
  expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'LimitExceeded' }))
})

it('throws nothing else, whatever it is given', () => {
  const mutated = tuple(
    constantFrom('config', 'layers', 'subject', 'annotations', 'mediaType', 'manifests'),
    jsonValue(),
  ).map(([key, value]) => JSON.stringify({ ...image, [key]: value }))
  expect(() =>
    assert(
      property(oneof(mutated, json(), string()), constantFrom(...Object.values(mediaTypes)), (text, type) => {
        try {
          parse(text, type)
        } catch (error) {
          if (!(error instanceof OciError)) throw error
        }
      }),
    ),
  ).not.toThrow()
})
