// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import type { ContentDescriptor, SignatureStore } from '../src/signature-store.ts'

/** What a registry held of one repository, see testdata/README.md. */
export interface Fixture {
  readonly tags: Record<string, string>
  readonly manifests: Record<string, { mediaType: string; content: string }>
  readonly blobs: Record<string, string>
}

/** Reads a file of testdata. */
export function testdata(name: string): string {
  return readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8')
}

/** Reads a dump of a repository. */
export function readFixture(name: string): Fixture {
  return JSON.parse(testdata(name)) as Fixture
}

/** The bytes of a fixture's manifest by tag or digest. */
export function manifestOf(fixture: Fixture, reference: string): Buffer {
  const manifest = fixture.manifests[fixture.tags[reference] ?? reference]
  if (manifest === undefined) throw new Error(`the fixture has no ${reference}`)
  return Buffer.from(manifest.content, 'base64')
}

/** A store over a fixture; referrers are read from the tag that stands in for the API, as the fixtures' registry kept them. */
export function createFixtureStore(fixture: Fixture): SignatureStore {
  return {
    referrers: (digest) => Promise.resolve(referrersOf(fixture, digest)),
    manifest: (reference) => Promise.resolve(has(fixture, reference) ? manifestOf(fixture, reference) : undefined),
    blob: (descriptor, maxBytes) => readBlob(fixture, descriptor, maxBytes),
  }
}

function has(fixture: Fixture, reference: string): boolean {
  return fixture.manifests[fixture.tags[reference] ?? reference] !== undefined
}

function referrersOf(fixture: Fixture, digest: string): readonly ContentDescriptor[] {
  const tag = digest.replace(':', '-')
  if (fixture.tags[tag] === undefined) return []
  const index = JSON.parse(manifestOf(fixture, tag).toString()) as { manifests: ContentDescriptor[] }
  return index.manifests
}

async function readBlob(
  fixture: Fixture,
  descriptor: ContentDescriptor,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const content = fixture.blobs[descriptor.digest]
  const bytes = content === undefined ? undefined : Buffer.from(content, 'base64')
  return bytes === undefined || bytes.byteLength > maxBytes ? undefined : bytes
}
