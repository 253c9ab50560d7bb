// SPDX-License-Identifier: Apache-2.0
import { OciError } from './errors.ts'
import { isImageType, isIndexType } from './media-types.ts'
import { isDigest } from './reference.ts'
import type { Descriptor, FetchedManifest, ImageIndex, ImageManifest, Platform } from './types.ts'

const maxAnnotations = 1_000
const maxStringLength = 64 * 1024
const maxSize = 2 ** 50

/**
 * Reads a manifest or index, and holds it against the specification: also that what it says of its own media type is what the
 * registry said. Throws `ProtocolError` or `LimitExceeded`.
 */
export function parseManifest(bytes: Uint8Array, descriptor: Descriptor, maxEntries: number): FetchedManifest {
  const reader = new Reader(descriptor.digest, maxEntries)
  const document = reader.document(bytes)
  if (document['schemaVersion'] !== 2) throw reader.invalid('schemaVersion is not 2')
  const own = document['mediaType']
  if (own !== undefined && own !== descriptor.mediaType) {
    throw reader.invalid(`its media type is ${quote(own)}, the registry says ${quote(descriptor.mediaType)}`)
  }
  const { mediaType } = descriptor
  if (isIndexType(mediaType)) {
    // a document that is both would be read differently by others (CVE-2021-41190)
    if (document['layers'] !== undefined || document['config'] !== undefined)
      throw reader.invalid('an index with layers')
    return { kind: 'index', descriptor, bytes, index: reader.index(document) }
  }
  if (!isImageType(mediaType)) throw reader.invalid(`unsupported media type ${quote(mediaType)}`)
  if (document['manifests'] !== undefined) throw reader.invalid('an image manifest with manifests')
  return { kind: 'image', descriptor, bytes, manifest: reader.image(document) }
}

type Json = Readonly<Record<string, unknown>>

class Reader {
  readonly #digest: string
  readonly #maxEntries: number

  constructor(digest: string, maxEntries: number) {
    this.#digest = digest
    this.#maxEntries = maxEntries
  }

  invalid(why: string): OciError {
    return new OciError('ProtocolError', `invalid manifest ${this.#digest}: ${why}`)
  }

  document(bytes: Uint8Array): Json {
    let parsed: unknown
    try {
      parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      throw this.invalid('it is not JSON')
    }
    return this.object(parsed, 'the document')
  }

  object(value: unknown, what: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
    throw this.invalid(`${what} is not an object`)
  }

  image(document: Json): ImageManifest {
    return {
      schemaVersion: 2,
      ...this.common(document),
      config: this.descriptor(document['config'], 'config'),
      layers: this.descriptors(document['layers'], 'layers'),
    }
  }

  index(document: Json): ImageIndex {
    return {
      schemaVersion: 2,
      ...this.common(document),
      manifests: this.descriptors(document['manifests'], 'manifests'),
    }
  }

  common(document: Json): Pick<ImageManifest, 'mediaType' | 'artifactType' | 'subject' | 'annotations'> {
    const mediaType = this.optionalText(document['mediaType'], 'mediaType')
    const artifactType = this.optionalText(document['artifactType'], 'artifactType')
    const annotations = this.annotations(document['annotations'])
    const subject = document['subject'] ?? undefined
    return {
      ...(mediaType === undefined ? {} : { mediaType }),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(subject === undefined ? {} : { subject: this.descriptor(subject, 'subject') }),
    }
  }

  descriptors(value: unknown, what: string): Descriptor[] {
    // Go writes null for an empty list
    if (value === null || value === undefined) return []
    if (!Array.isArray(value)) throw this.invalid(`${what} is not a list`)
    if (value.length > this.#maxEntries) {
      throw new OciError('LimitExceeded', `manifest ${this.#digest}: more than ${this.#maxEntries} ${what}`)
    }
    return value.map((each, index) => this.descriptor(each, `${what}[${index}]`))
  }

  descriptor(value: unknown, what: string): Descriptor {
    const { mediaType, digest, size, ...rest } = this.object(value, what)
    if (typeof digest !== 'string' || !isDigest(digest)) throw this.invalid(`${what}.digest is no digest`)
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > maxSize) {
      throw this.invalid(`${what}.size is no size`)
    }
    const artifactType = this.optionalText(rest['artifactType'], `${what}.artifactType`)
    const annotations = this.annotations(rest['annotations'])
    const platform = this.platform(rest['platform'], what)
    return {
      mediaType: this.optionalText(mediaType, `${what}.mediaType`) ?? '',
      digest,
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(platform === undefined ? {} : { platform }),
    }
  }

  platform(value: unknown, what: string): Platform | undefined {
    if (value === undefined || value === null) return undefined
    const { os, architecture, variant, 'os.version': version } = this.object(value, `${what}.platform`)
    return {
      os: this.optionalText(os, `${what}.platform.os`) ?? '',
      architecture: this.optionalText(architecture, `${what}.platform.architecture`) ?? '',
      ...(typeof variant === 'string' ? { variant } : {}),
      ...(typeof version === 'string' ? { 'os.version': version } : {}),
    }
  }

  annotations(value: unknown): Record<string, string> | undefined {
    if (value === undefined || value === null) return undefined
    const entries = Object.entries(this.object(value, 'annotations'))
    if (entries.length > maxAnnotations) {
      throw new OciError('LimitExceeded', `manifest ${this.#digest}: more than ${maxAnnotations} annotations`)
    }
    return Object.fromEntries(entries.map(([key, text]) => [key, this.optionalText(text, 'an annotation') ?? '']))
  }

  optionalText(value: unknown, what: string): string | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw this.invalid(`${what} is not a text`)
    if (value.length > maxStringLength)
      throw new OciError('LimitExceeded', `manifest ${this.#digest}: ${what} is too long`)
    return value
  }
}

function quote(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 128))
}
