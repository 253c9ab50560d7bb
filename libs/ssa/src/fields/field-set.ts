// SPDX-License-Identifier: Apache-2.0
import { isRecord } from '../normalize/record.ts'

/** A FieldsV1 set: a trie whose keys are path elements (`f:name`, `k:{…}`, `v:…`, `i:…`); an empty node or the key `.` is a member. */
export type FieldSet = Readonly<Record<string, unknown>>

/** The union of two sets of fields, as the API server would write it. */
export function unionFields(a: FieldSet, b: FieldSet): FieldSet {
  const union: Record<string, unknown> = { ...a }
  for (const [element, node] of Object.entries(b)) {
    const own = union[element]
    union[element] = own === undefined ? node : unionNodes(own, node)
  }
  return Object.fromEntries(Object.entries(union).sort(([x], [y]) => (x < y ? -1 : 1)))
}

function unionNodes(a: unknown, b: unknown): unknown {
  const left = isRecord(a) ? a : {}
  const right = isRecord(b) ? b : {}
  if (Object.keys(left).length === 0 && Object.keys(right).length === 0) return {}
  // a leaf is a member; beside children the member is written as "."
  return unionFields(withMember(left), withMember(right))
}

function withMember(node: FieldSet): FieldSet {
  return Object.keys(node).length === 0 ? { '.': {} } : node
}

/** The paths of all members of the set, each as its path elements. */
export function* memberPaths(fields: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const [element, node] of Object.entries(fields)) {
    if (element === '.') {
      yield prefix
      continue
    }
    const path = [...prefix, element]
    if (isRecord(node) && Object.keys(node).length > 0) yield* memberPaths(node, path)
    else yield path
  }
}

/** Whether the set reaches the path: the path itself or something below it is a member. */
export function reaches(fields: FieldSet, path: readonly string[]): boolean {
  let node: unknown = fields
  for (const element of path) {
    if (!isRecord(node) || !Object.hasOwn(node, element)) return false
    node = node[element]
  }
  return path.length > 0
}
