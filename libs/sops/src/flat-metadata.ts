// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch } from './tree.ts'
import type { Item, Value } from './tree.ts'

/** A node while the flat keys are put into place; it has one of the three. */
interface Node {
  value?: Value
  keys?: Map<string, Node>
  places?: Map<number, Node>
}

/**
 * Metadata from the flat formats: keys such as `age__list_0__map_recipient` become lists and mappings again. Throws `MetadataInvalid`.
 */
export function unflatten(items: readonly Item[]): Branch {
  const root: Node = { keys: new Map() }
  for (const item of items) {
    if ('comment' in item) continue
    const node = locate(root, item.key)
    if (node.value !== undefined) throw invalid(item.key, 'stands twice')
    node.value = item.value
  }
  return toValue(root, 'sops') as Branch
}

function locate(root: Node, key: string): Node {
  let node = root
  // the separators are kept: they tell what the next part is
  const [first = '', ...parts] = key.split(/(__map_|__list_)/)
  node = childByKey(node, first)
  for (let index = 0; index < parts.length; index += 2) {
    const part = parts[index + 1] ?? ''
    node = parts[index] === '__map_' ? childByKey(node, part) : childByPlace(node, part)
  }
  return node
}

function childByKey(node: Node, key: string): Node {
  node.keys ??= new Map()
  const child = node.keys.get(key) ?? {}
  node.keys.set(key, child)
  return child
}

function childByPlace(node: Node, text: string): Node {
  const place = /^\d{1,6}$/.test(text) ? Number(text) : 0
  node.places ??= new Map()
  const child = node.places.get(place) ?? {}
  node.places.set(place, child)
  return child
}

function toValue(node: Node, name: string): Value {
  const { value, keys, places } = node
  if ([value, keys, places].filter((part) => part !== undefined).length > 1)
    throw invalid(name, 'is a value, a mapping and a list at once')
  if (keys !== undefined)
    return new Branch([...keys].map(([key, child]) => ({ key, value: toValue(child, `${name}.${key}`) })))
  if (places === undefined) return value ?? null
  return Array.from({ length: places.size }, (_, place) => {
    const child = places.get(place)
    if (child === undefined) throw invalid(name, `is a list without a member ${place}`)
    return toValue(child, `${name}.${place}`)
  })
}

function invalid(name: string, problem: string): SopsError {
  return new SopsError('MetadataInvalid', `the sops metadata is not usable: '${name}' ${problem}`)
}
