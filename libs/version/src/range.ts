// SPDX-License-Identifier: Apache-2.0
import { type Comparator, type Operator, satisfies } from './comparator.ts'
import { parseVersion, type Version } from './version.ts'
import { VersionError } from './version-error.ts'

/** A parsed range; see `parseRange`. */
export interface Range {
  /** The text that it was parsed from. */
  readonly text: string
  /** Whether the version lies in the range. Throws `InvalidVersion` for a text that is no version. */
  test(version: Version | string): boolean
}

const maxRangeLength = 512
const maxGroups = 32

const number = '[0-9xX*]+'
const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*'
const partial = `v?${number}(?:\\.${number})?(?:\\.${number})?(?:-${identifiers})?(?:\\+${identifiers})?`
const hyphenRange = new RegExp(`\\s*(${partial})\\s+-\\s+(${partial})\\s*`, 'g')
const comparatorPattern = new RegExp(`\\s*(!=|>=|=>|<=|=<|~>|[=><~^])?\\s*(${partial})\\s*`, 'y')
const partialPattern = new RegExp(`^v?(${number})(?:\\.(${number}))?(?:\\.(${number}))?(-${identifiers})?`)

const operators: Readonly<Record<string, Operator>> = { '=>': '>=', '=<': '<=', '~>': '~' }

/**
 * Reads a range in the grammar of Masterminds semver v3: comparisons (`=` `!=` `>` `<` `>=` `<=` `~` `^`) joined by commas
 * or spaces (all must hold) and `||` (one must hold); open parts (`1.x`, `1.2`, `*`); `1.2 - 1.4.5` for both ends included.
 * A pre-release lies in a group of comparisons only if one of them names a pre-release. Throws `InvalidRange`.
 */
export function parseRange(text: string): Range {
  if (Buffer.byteLength(text) > maxRangeLength) {
    throw new VersionError('InvalidRange', `the range is longer than ${maxRangeLength} bytes`)
  }
  const groups = text.replace(hyphenRange, '>= $1, <= $2 ').split('||')
  if (groups.length > maxGroups)
    throw new VersionError('InvalidRange', `the range has more than ${maxGroups} alternatives`)
  const parsed = groups.map((group) => parseGroup(group))
  return {
    text,
    test: (version) => {
      const subject = typeof version === 'string' ? parseVersion(version) : version
      return parsed.some((group) => contains(group, subject))
    },
  }
}

function contains(group: readonly Comparator[], version: Version): boolean {
  if (version.prerelease !== '' && group.every((comparator) => comparator.version.prerelease === '')) return false
  return group.every((comparator) => satisfies(version, comparator))
}

function parseGroup(group: string): readonly Comparator[] {
  const comparators: Comparator[] = []
  const pattern = new RegExp(comparatorPattern)
  for (let at = 0; ;) {
    pattern.lastIndex = at
    const match = pattern.exec(group)
    if (match === null) throw improper(group)
    comparators.push(parseComparator(match[1] ?? '=', match[2] ?? '', group))
    at = pattern.lastIndex
    if (at === group.length) return comparators
    // the next comparison needs a comma, or the space that the pattern has just taken
    if (group[at] === ',') at++
    else if (!/\s/.test(group[at - 1] ?? '')) throw improper(group)
  }
}

function parseComparator(operator: string, text: string, group: string): Comparator {
  const [, major = '', minor, patch, prerelease = ''] = partialPattern.exec(text) ?? []
  const named = operators[operator] ?? (operator as Operator)
  const of = (version: string, open: Comparator['open']): Comparator => ({
    operator: named,
    version: parseBound(version, group),
    open,
  })
  if (isOpen(major)) return of(`0.0.0${prerelease}`, 'major')
  if (isOpen(minor)) return of(`${major}.0.0${prerelease}`, 'minor')
  if (isOpen(patch)) return of(`${major}.${minor}.0${prerelease}`, 'patch')
  return of(text, 'none')
}

function parseBound(version: string, group: string): Version {
  try {
    return parseVersion(version)
  } catch (error) {
    throw new VersionError('InvalidRange', improper(group).message, { cause: error })
  }
}

function isOpen(part: string | undefined): boolean {
  return part === undefined || part === 'x' || part === 'X' || part === '*'
}

function improper(group: string): VersionError {
  return new VersionError('InvalidRange', `improper constraint: ${JSON.stringify(group)}`)
}
