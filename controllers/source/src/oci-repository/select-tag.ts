// SPDX-License-Identifier: Apache-2.0
import { mediaTypes } from '@tidelock/oci'
import { RE2JS } from 're2js'
import { latestMatching, parseRange } from '@tidelock/version'

/** Which tags a semver range is held against. */
export interface TagPolicy {
  readonly semver: string
  /** RE2; tags that it does not match are not considered. Empty for all. */
  readonly semverFilter?: string
  /** Of the layer that is wanted: charts have `_` in tags for the `+` of their versions. */
  readonly layerMediaType?: string
}

/** The tag with the highest version in the range. Throws when the range or filter is invalid, and when no tag matches. */
export function selectTag(tags: readonly string[], policy: TagPolicy): string {
  const considered = filterTags(tags, policy.semverFilter)
  const isChart = policy.layerMediaType === mediaTypes.helmChart
  const versions = isChart ? considered.map((tag) => tag.replaceAll('_', '+')) : considered
  const [latest] = latestMatching(versions, readRange(policy.semver))
  if (latest === undefined) throw new Error(`no match found for semver: ${policy.semver}`)
  return isChart ? latest.replaceAll('+', '_') : latest
}

function filterTags(tags: readonly string[], filter: string | undefined): readonly string[] {
  if (filter === undefined || filter === '') return tags
  const pattern = readFilter(filter)
  return tags.filter((tag) => pattern.matcher(tag).find())
}

function readFilter(filter: string): RE2JS {
  try {
    return RE2JS.compile(filter)
  } catch (cause) {
    throw new Error('error parsing regexp', { cause })
  }
}

function readRange(text: string): ReturnType<typeof parseRange> {
  try {
    return parseRange(text)
  } catch (cause) {
    throw new Error(`semver '${text}' parse error`, { cause })
  }
}
