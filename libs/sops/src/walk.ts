// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch, Comment } from './tree.ts'
import type { Item, Leaf, Value } from './tree.ts'

/** Nobody nests like that, and the walk uses the stack. */
const maxDepth = 500

/** The comments right above something. Those of its neighbours share the texts, so that many comments cost no more than each of them. */
export interface CommentsAbove {
  /** Grows while the walk goes on. */
  readonly texts: readonly string[]
  /** How many of them are above. */
  readonly count: number
}

/** Where a leaf stands: a level, and by its parents those around it. A file is never asked for the whole way, which may be as long as itself. */
export interface Place {
  /** Undefined at the top of the file. */
  readonly parent: Place | undefined
  /** Undefined for members of lists and for comments, which have the path of what they are in. */
  readonly key: string | undefined
  readonly above: CommentsAbove
  readonly depth: number
}

/** Gives the new value of a leaf. */
export type OnLeaf = (leaf: Leaf, place: Place) => Leaf

/**
 * Visits all leaves of a branch in the order of the file, comments included, and answers the branch with what `onLeaf` made of them.
 * Throws `TooLarge` beyond 500 levels.
 */
export function mapLeaves(branch: Branch, onLeaf: OnLeaf): Branch {
  return mapBranch(branch, { parent: undefined, key: undefined, above: { texts: [], count: 0 }, depth: 0 }, onLeaf)
}

/** The keys on the way to a place. */
export function pathOf(place: Place): string[] {
  const path: string[] = []
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) if (at.key !== undefined) path.push(at.key)
  return path.reverse()
}

function inside(parent: Place, key: string | undefined, texts: readonly string[]): Place {
  return { parent, key, above: { texts, count: texts.length }, depth: parent.depth + 1 }
}

function mapBranch(branch: Branch, place: Place, onLeaf: OnLeaf): Branch {
  let above: string[] = []
  const items = branch.items.map((item): Item => {
    if ('comment' in item) {
      above.push(item.comment.text)
      const leaf = onLeaf(item.comment, inside(place, undefined, above))
      return {
        comment: leaf instanceof Comment ? leaf : asComment(leaf, item.comment),
      }
    }
    const value = mapValue(item.value, inside(place, item.key, above), onLeaf)
    if (above.length > 0) above = []
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
    const isComment = value instanceof Comment
    if (isComment) above.push(value.text)
    const mapped = mapValue(value, inside(place, undefined, above), onLeaf)
    if (!isComment && above.length > 0) above = []
    return mapped
  })
}

function mapValue(value: Value, place: Place, onLeaf: OnLeaf): Value {
  if (value === null) return null
  if (place.depth > maxDepth) throw new SopsError('TooLarge', `the file nests deeper than ${maxDepth} levels`)
  if (value instanceof Branch) return mapBranch(value, place, onLeaf)
  if (Array.isArray(value)) return mapList(value as readonly Value[], place, onLeaf)
  return onLeaf(value as Leaf, place)
}
