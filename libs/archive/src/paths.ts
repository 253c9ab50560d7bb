// SPDX-License-Identifier: Apache-2.0
import { ArchiveError } from './errors.ts'

/**
 * Orders paths by the bytes of their UTF-8 form, as Git orders the files of a tree. JavaScript's own order differs above
 * U+FFFF.
 */
export function comparePaths(one: string, two: string): number {
  const length = Math.min(one.length, two.length)
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [one.charCodeAt(at), two.charCodeAt(at)]
    if (left !== right) return byteRank(left) - byteRank(right)
  }
  return one.length - two.length
}

/** Surrogates stand for characters above all others, although their units do not. */
function byteRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

/** Why a path cannot stand in an artifact, or undefined. The rules are those of Flux's consumers. */
function faultOf(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (path.includes('\0')) return 'holds a NUL'
  if (path.includes('\\')) return 'holds a backslash'
  if (path.startsWith('/')) return 'is absolute'
  if (path.split('/').includes('..')) return 'leaves the root'
  return undefined
}

/** Throws `InvalidPath` unless the path is relative, normal and safe. */
export function checkPath(path: string): void {
  const parts = path.split('/')
  const fault = faultOf(path) ?? (parts.includes('') || parts.includes('.') ? 'is not normal' : undefined)
  if (fault === undefined) return
  throw new ArchiveError('InvalidPath', `${JSON.stringify(path)} ${fault}: rename it or exclude it by .sourceignore`)
}

/**
 * The normal form of a name as other tools write it: without `./`, doubled and trailing slashes. The root is empty.
 * Throws `InvalidPath`.
 */
export function normaliseName(name: string): string {
  const fault = faultOf(name)
  if (fault !== undefined) {
    throw new ArchiveError('InvalidPath', `archive holds an entry whose name ${JSON.stringify(name)} ${fault}`)
  }
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** The directories above a path, outermost first, the root left out. */
export function* parentsOf(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at)
}
