// SPDX-License-Identifier: Apache-2.0
import { isRecord } from '../normalize/record.ts'

/** The elements of a JSON pointer (RFC 6901); undefined when the text is not one. */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((element) => element.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value that the pointer names; undefined when there is none. */
export function valueAtPointer(document: unknown, path: readonly string[]): unknown {
  let value = document
  for (const element of path) value = step(value, element)
  return value
}

/** The document without the value that the pointer names; the document itself when there is none. */
export function removeAt(document: unknown, path: readonly string[]): unknown {
  return change(document, path, (container, element) => {
    if (Array.isArray(container)) return container.filter((_, index) => index !== indexOf(container, element))
    const copy = { ...(container as Record<string, unknown>) }
    delete copy[element]
    return copy
  })
}

/** The document with another value where the pointer points; the document itself when nothing is there. */
export function replaceAt(document: unknown, path: readonly string[], value: unknown): unknown {
  return change(document, path, (container, element) => put(container, element, value))
}

function change(
  container: unknown,
  path: readonly string[],
  edit: (container: unknown, element: string) => unknown,
): unknown {
  const [element, ...rest] = path
  if (element === undefined) return container
  const inner = step(container, element)
  if (inner === undefined) return container
  return rest.length === 0 ? edit(container, element) : put(container, element, change(inner, rest, edit))
}

function put(container: unknown, element: string, value: unknown): unknown {
  if (Array.isArray(container)) {
    return container.map((item: unknown, index) => (index === indexOf(container, element) ? value : item))
  }
  return { ...(container as Record<string, unknown>), [element]: value }
}

function step(value: unknown, element: string): unknown {
  if (Array.isArray(value)) return value[indexOf(value, element)] as unknown
  return isRecord(value) && Object.hasOwn(value, element) ? value[element] : undefined
}

function indexOf(list: readonly unknown[], element: string): number {
  if (!/^-?(?:0|[1-9]\d*)$/.test(element)) return -1
  const index = Number(element)
  return index < 0 ? list.length + index : index
}
