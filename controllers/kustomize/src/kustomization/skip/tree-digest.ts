// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { ReadSet } from '@tidelock/kustomize-wasm'
import type { TreeIndex } from './tree-index.ts'

/**
 * One digest over what an artifact has at the paths of a read set: contents of files, what stands where nothing was, entries of listed
 * directories. Undefined when a file or directory of the read set is not in the index: that is no basis for a comparison.
 */
export function digestReadSet({ files, missing, directories }: ReadSet, index: TreeIndex): string | undefined {
  const digest = createHash('sha256')
  // no path holds a NUL, so that no two sets make the same text
  const add = (...parts: readonly string[]): void => void digest.update(`${parts.join('\0')}\0\0`)
  for (const path of files) {
    const content = index.fileDigest(path)
    if (content === undefined) return undefined
    add('file', path, content)
  }
  for (const path of missing) add('missing', path, index.has(path) ? 'there' : '')
  for (const path of directories) {
    const entries = index.list(path)
    if (entries === undefined) return undefined
    add('directory', path, ...[...entries].sort())
  }
  return digest.digest('hex')
}
