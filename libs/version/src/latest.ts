// SPDX-License-Identifier: Apache-2.0
import { parseRange, type Range } from './range.ts'
import { compareVersions, parseTag, type Version } from './version.ts'

/**
 * The tags with the highest version in the range: none, one, or several that differ in metadata (or in spelling: `v1.0.0`
 * and `1.0.0`) only, in the order given; the caller then decides by other means, such as the time of the commit. Tags that
 * are no versions (`parseTag`) are skipped. Throws `InvalidRange`.
 */
export function latestMatching(tags: Iterable<string>, range: Range | string): readonly string[] {
  const parsed = typeof range === 'string' ? parseRange(range) : range
  let best: Version | undefined
  let found: string[] = []
  for (const tag of tags) {
    const version = parseTag(tag)
    if (version === undefined || !parsed.test(version)) continue
    const order = best === undefined ? 1 : compareVersions(version, best)
    if (order > 0) {
      best = version
      found = [tag]
    } else if (order === 0) found.push(tag)
  }
  return found
}
