// SPDX-License-Identifier: Apache-2.0
import { comparePaths } from '@tidelock/archive'
import type { Content, ContentEntry } from './content.ts'
import type { IncludeLayer } from './include-layers.ts'
import { isDirectory, isRegular } from './entry-mode.ts'

/**
 * The content with layers laid over it, the last on top: files take the place of files of the same path, and whatever stands in the
 * way of a path (a file where a directory is to be, or the other way round) goes.
 */
export function overlay(base: Content, layers: readonly IncludeLayer[]): Content {
  if (layers.length === 0) return base
  return {
    async *entries(options = {}) {
      const merged = new Map<string, ContentEntry>()
      for await (const entry of base.entries(options)) if (isRegular(entry)) merged.set(entry.path, entry)
      for (const layer of layers) lay(merged, layer)
      yield* [...merged.values()].sort((one, two) => comparePaths(keyOf(one), keyOf(two)))
    },
  }
}

function lay(merged: Map<string, ContentEntry>, layer: IncludeLayer): void {
  const directories = new Set<string>()
  const files = new Set<string>()
  for (const entry of layer) {
    for (const parent of parentsOf(entry.path)) directories.add(parent)
    ;(isDirectory(entry) ? directories : files).add(entry.path)
  }
  for (const [path, entry] of merged) {
    const isInTheWay = parentsOf(path).some((parent) => files.has(parent))
    if (isInTheWay || (directories.has(path) && !isDirectory(entry))) merged.delete(path)
  }
  for (const entry of layer) merged.set(entry.path, entry)
}

function keyOf(entry: ContentEntry): string {
  return isDirectory(entry) ? `${entry.path}/` : entry.path
}

function parentsOf(path: string): readonly string[] {
  const parents: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at))
  return parents
}
