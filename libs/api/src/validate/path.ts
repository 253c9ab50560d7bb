// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../meta/json.ts'

/** The segments of a JSON pointer. */
export function pointerSegments(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The path as the API server and `kubectl` print it: `spec.include[0].repository`, `metadata.labels[a.b/c]`. */
export function formatPath(segments: readonly string[], root: Json): string {
  let text = ''
  let value: Json | undefined = root
  for (const segment of segments) {
    if (Array.isArray(value)) text += `[${segment}]`
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(segment)) text += text === '' ? segment : `.${segment}`
    else text += `[${segment}]`
    value = child(value, segment)
  }
  return text
}

/** The value at the path, or undefined where the path leads nowhere. */
export function valueAt(root: Json, segments: readonly string[]): Json | undefined {
  let value: Json | undefined = root
  for (const segment of segments) value = child(value, segment)
  return value
}

function child(value: Json | undefined, segment: string): Json | undefined {
  if (Array.isArray(value)) return value[Number(segment)]
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
  return value[segment]
}
