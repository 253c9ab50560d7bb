// SPDX-License-Identifier: Apache-2.0
import { isDotGit } from './dot-git.ts'
import { GitError } from './git-error.ts'

/** One line of a tree object. */
export interface TreeLine {
  /** The name alone, without slash. */
  readonly name: string
  /** Normalised: 0o040000, 0o100644, 0o100755, 0o120000 or 0o160000. */
  readonly mode: number
  readonly sha: Buffer
}

export const treeMode = 0o040000
const symlinkMode = 0o120000
export const submoduleMode = 0o160000

/**
 * Parses a tree object, sorted as Git sorts: by bytes, a directory as if its name ended with a slash, so that a walk in
 * this order meets full paths in the order of their bytes. Names that lead out of the tree or into `.git`, and names that
 * stand twice, are refused. `where` names the directory in errors. Throws `InvalidObject`.
 */
export function parseTree(data: Buffer, where: string): readonly TreeLine[] {
  const lines: TreeLine[] = []
  const names = new Set<string>()
  let lastKey: Buffer | undefined
  let sorted = true
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at)
    const zero = data.indexOf(0, at)
    if (space < 0 || zero < space || zero + 21 > data.length) throw refuse(where, 'is cut short')
    const mode = parseMode(data.toString('latin1', at, space), where)
    const nameBytes = data.subarray(space + 1, zero)
    const name = nameBytes.toString('utf8')
    checkName(name, where)
    if (names.has(name)) throw refuse(where, `has ${JSON.stringify(name)} twice`)
    names.add(name)
    if (lastKey !== undefined && compareNames(lastKey, lastMode(lines), nameBytes, mode) > 0) sorted = false
    lastKey = nameBytes
    lines.push({ name, mode, sha: data.subarray(zero + 1, zero + 21) })
    at = zero + 21
  }
  if (!sorted) lines.sort((a, b) => compareNames(Buffer.from(a.name), a.mode, Buffer.from(b.name), b.mode))
  return lines
}

function lastMode(lines: readonly TreeLine[]): number {
  return lines.at(-1)?.mode ?? 0
}

function compareNames(a: Buffer, aMode: number, b: Buffer, bMode: number): number {
  const shared = Math.min(a.length, b.length)
  const order = a.compare(b, 0, shared, 0, shared)
  if (order !== 0) return order
  const next = (name: Buffer, mode: number): number => name[shared] ?? (mode === treeMode ? 0x2f : 0)
  return next(a, aMode) - next(b, bMode)
}

function parseMode(text: string, where: string): number {
  const mode = /^[0-7]{5,6}$/.test(text) ? Number.parseInt(text, 8) : -1
  switch (mode & 0o170000) {
    case 0o040000:
      return treeMode
    case 0o100000:
      // old tools wrote group bits (100664); Git itself only looks at the owner's execute bit
      return (mode & 0o100) !== 0 ? 0o100755 : 0o100644
    case symlinkMode:
      return symlinkMode
    case submoduleMode:
      return submoduleMode
    default:
      throw refuse(where, `has an entry of the unknown mode ${JSON.stringify(text.slice(0, 12))}`)
  }
}

function checkName(name: string, where: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || isDotGit(name)) {
    throw refuse(where, `has an entry of the name ${JSON.stringify(name)}, which is not allowed`)
  }
}

function refuse(where: string, what: string): GitError {
  return new GitError(
    'InvalidObject',
    `the tree of ${where === '' ? 'the root directory' : JSON.stringify(where)} ${what}`,
  )
}
