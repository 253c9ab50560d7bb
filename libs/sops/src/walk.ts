// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch, Comment } from './tree.ts'
import type { Item, Leaf, Value } from './tree.ts'

/** Nobody nests like that, and the walk uses the stack. */
const maxDepth = 500

/** Where a leaf stands. */
export interface Place {
  /** The keys on the way; members of a list have the path of the list. */
  readonly path: readonly string[]
  /** Of each level on the way, the comments right above. */
  readonly comments: readonly (readonly string[])[]
}

/** Gives the new value of a leaf. */
export type OnLeaf = (leaf: Leaf, place: Place) => Leaf

/**
 * Visits all leaves of a branch in the order of the file, comments included, and answers the branch with what `onLeaf` made of them.
 * Throws `TooLarge` beyond 500 levels.
 */
export function mapLeaves(branch: Branch, onLeaf: OnLeaf): Branch {
  return mapBranch(branch, { path: [], comments: [] }, onLeaf)
}

function mapBranch(branch: Branch, place: Place, onLeaf: OnLeaf): Branch {
  let above: string[] = []
  const inside = (path: readonly string[]): Place => ({ path, comments: [...place.comments, above] })
  const items = branch.items.map((item): Item => {
    if ('comment' in item) {
      above = [...above, item.comment.text]
      const leaf = onLeaf(item.comment, inside(place.path))
      return {
        comment: leaf instanceof Comment ? leaf : asComment(leaf, item.comment),
      }
    }
    const value = mapValue(item.value, inside([...place.path, item.key]), onLeaf)
    above = []
    return { key: item.key, value }
  })
  return new Branch(items)
}

// a comment that was encrypted under another type of value
function asComment(leaf: Exclude<Leaf, Comment>, { inline }: Comment): Comment {
  return new Comment(typeof leaf === 'string' ? leaf : '', inline)
}

function mapList(list: readonly Value[], place: Place, onLeaf: OnLeaf): readonly Value[] {
  let above: string[] = []
  return list.map((value) => {
    if (value instanceof Comment) above = [...above, value.text]
    const mapped = mapValue(value, { path: place.path, comments: [...place.comments, above] }, onLeaf)
    if (!(value instanceof Comment)) above = []
    return mapped
  })
}

function mapValue(value: Value, place: Place, onLeaf: OnLeaf): Value {
  if (value === null) return null
  if (place.comments.length > maxDepth) throw new SopsError('TooLarge', `the file nests deeper than ${maxDepth} levels`)
  if (value instanceof Branch) return mapBranch(value, place, onLeaf)
  if (Array.isArray(value)) return mapList(value as readonly Value[], place, onLeaf)
  return onLeaf(value as Leaf, place)
}
