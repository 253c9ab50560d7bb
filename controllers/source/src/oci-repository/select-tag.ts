// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises'
import { mediaTypes } from '@tidelock/oci'
import { latestMatching, parseRange } from '@tidelock/version'

/** Which tags a semver range is held against. */
export interface TagPolicy {
  readonly semver: string
  /** RE2; tags that it does not match are not considered. Empty for all. */
  readonly semverFilter?: string
  /** Of the layer that is wanted: charts have `_` in tags for the `+` of their versions. */
  readonly layerMediaType?: string
}

interface Filter {
  readonly accepts: (tag: string) => boolean
  /** Of a character of a tag, in steps of the expression. */
  readonly cost: number
}

/** Characters times steps of the expression after which others have their turn: some milliseconds. */
const stepsAtOnce = 50_000

/**
 * The tag with the highest version in the range. A registry may have any number of tags and the filter be made to take long: others have their
 * turn in between. Throws when the range or filter is invalid, when no tag matches, and the signal's reason.
 */
export async function selectTag(tags: readonly string[], policy: TagPolicy, signal: AbortSignal): Promise<string> {
  const isChart = policy.layerMediaType === mediaTypes.helmChart
  const range = readRange(policy.semver)
  const filter = await readFilter(policy.semverFilter ?? '')
  let latest: string | undefined
  let considered: string[] = []
  let steps = 0
  for (const [at, tag] of tags.entries()) {
    if (filter.accepts(tag)) considered.push(isChart ? tag.replaceAll('_', '+') : tag)
    steps += tag.length * filter.cost
    if (steps < stepsAtOnce && at < tags.length - 1) continue
    latest = latestMatching(latest === undefined ? considered : [latest, ...considered], range)[0]
    considered = []
    steps = 0
    await setImmediate()
    signal.throwIfAborted()
  }
  if (latest === undefined) throw new Error(`no match found for semver: ${policy.semver}`)
  return isChart ? latest.replaceAll('+', '_') : latest
}

async function readFilter(filter: string): Promise<Filter> {
  if (filter === '') return { accepts: () => true, cost: 1 }
  const { compilePattern } = await import('@tidelock/cel')
  try {
    const pattern = compilePattern(filter, () => undefined)
    return { accepts: (tag) => pattern.matcher(tag).find(), cost: pattern.programSize() }
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
