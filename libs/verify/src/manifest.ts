// SPDX-License-Identifier: Apache-2.0
import type { ContentDescriptor } from './signature-store.ts'
import { isObject } from './json.ts'

const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-zA-Z=_-]+$/

/** The layers that an image manifest lists; none when it is no manifest, and those that are no descriptor are left out. */
export function layersOf(manifest: Uint8Array): readonly ContentDescriptor[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(manifest))
  } catch {
    return []
  }
  const layers: unknown = isObject(value) ? value['layers'] : undefined
  return Array.isArray(layers) ? layers.map(toDescriptor).filter((layer) => layer !== undefined) : []
}

function toDescriptor(value: unknown): ContentDescriptor | undefined {
  if (!isObject(value)) return undefined
  const { mediaType, digest, size, annotations } = value
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || digest.length > 200 || !digestPattern.test(digest))
    return undefined
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined
  return { mediaType, digest, size, annotations: toAnnotations(annotations) }
}

function toAnnotations(value: unknown): Readonly<Record<string, string>> {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
