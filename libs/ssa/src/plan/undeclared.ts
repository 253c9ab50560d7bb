// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { removeAt } from '../fields/json-pointer.ts'
import { isBuiltin } from '../normalize/builtin-kinds.ts'
import { isRecord } from '../normalize/record.ts'

/** Says that a built-in kind was sent with fields that the server does not know. */
export interface UndeclaredFields {
  /** The paths as the server names them, for the log. */
  readonly paths: readonly string[]
  /** The object without them. */
  readonly object: KubeObject
}

/** Names of fields are whatever somebody wrote: one way alone to read each character, or a search would not end. */
const sentence = /(?<=\s|^)(\.(?:[^\s:[\]]|\[[^\]]{0,1000}\])*): field not declared in schema/g
/** Of a refusal; what stands behind that counts as not said. */
const maxLength = 64 * 1024

/**
 * Flux's passage through Go types silently drops the fields of built-in kinds that the type does not have; server-side apply refuses them.
 * Given that refusal, returns the object without the fields that it names; undefined when the error is another one, or a path cannot
 * be followed.
 */
export function withoutUndeclared(object: KubeObject, error: unknown): UndeclaredFields | undefined {
  if (!isBuiltin(object)) return undefined
  const paths = [...errorMessage(error).slice(0, maxLength).matchAll(sentence)].map((match) => match[1] ?? '')
  let rest: unknown = object
  for (const path of paths) {
    const pointer = toPointer(rest, path)
    if (pointer === undefined) return undefined
    rest = removeAt(rest, pointer)
  }
  return rest === object ? undefined : { paths, object: rest as KubeObject }
}

const element = /^(?:\.([^.[]+)|\[(\d+)\]|\[((?:[^"\]]|"(?:[^"\\]|\\.)*")*)\])/

/** `.spec.containers[name="x"].foo` as the elements of a JSON pointer; undefined when it leads nowhere. */
function toPointer(object: unknown, path: string): string[] | undefined {
  const pointer: string[] = []
  let value = object
  for (let rest = path; rest !== '';) {
    const match = element.exec(rest)
    if (match === null) return undefined
    rest = rest.slice(match[0].length)
    const name = match[1] ?? match[2] ?? indexOfItem(value, match[3] ?? '')
    if (name === undefined) return undefined
    pointer.push(name)
    value = Array.isArray(value) ? value[Number(name)] : isRecord(value) ? value[name] : undefined
  }
  return value === undefined ? undefined : pointer
}

function indexOfItem(list: unknown, key: string): string | undefined {
  if (!Array.isArray(list)) return undefined
  const wanted = [...key.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '', value = '']) => [
    name,
    value,
  ])
  const index = list.findIndex(
    (item) => isRecord(item) && wanted.every(([name = '', value]) => JSON.stringify(item[name]) === value),
  )
  return index === -1 ? undefined : String(index)
}
