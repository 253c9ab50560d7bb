// SPDX-License-Identifier: Apache-2.0
import { comparePrereleases, compareVersions, type Version } from './version.ts'

export type Operator = '=' | '!=' | '>' | '<' | '>=' | '<=' | '~' | '^'

/** One comparison of a range, such as `>= 1.2.x`. */
export interface Comparator {
  readonly operator: Operator
  /** With 0 for each part that was left open. */
  readonly version: Version
  /** The first part that was left open, by `x`, `*` or by not being there. */
  readonly open: 'major' | 'minor' | 'patch' | 'none'
}

/**
 * Whether a version satisfies one comparison. Pre-releases have been dealt with before, for the whole group.
 * The rules for open parts are those of Masterminds semver v3, oddities with a lone `*` included: `>*` is `>0.0.0`, `<=*`
 * is `0.0.x`, `!=*` is `!=0.0.0` and `^*` is `0.0.0` (testdata/masterminds.json holds its answers).
 */
export function satisfies(version: Version, comparator: Comparator): boolean {
  const { version: bound, open } = comparator
  switch (comparator.operator) {
    case '=':
      return open === 'none' ? compareVersions(version, bound) === 0 : matchesTilde(version, comparator)
    case '!=':
      return differs(version, comparator)
    case '>':
      return isAbove(version, comparator)
    case '<':
      return compareVersions(version, bound) < 0
    case '>=':
      return compareVersions(version, bound) >= 0
    case '<=':
      return isAtMost(version, comparator)
    case '~':
      return matchesTilde(version, comparator)
    case '^':
      return matchesCaret(version, comparator)
  }
}

function differs(version: Version, { version: bound, open }: Comparator): boolean {
  if (open === 'none' || open === 'major') return compareVersions(version, bound) !== 0
  if (version.major !== bound.major) return true
  if (open === 'minor') return false
  return version.minor !== bound.minor || comparePrereleases(version.prerelease, bound.prerelease) !== 0
}

function isAbove(version: Version, { version: bound, open }: Comparator): boolean {
  if (open === 'none' || open === 'major') return compareVersions(version, bound) > 0
  if (version.major !== bound.major) return version.major > bound.major
  return open === 'patch' && version.minor > bound.minor
}

function isAtMost(version: Version, { version: bound, open }: Comparator): boolean {
  if (open === 'none') return compareVersions(version, bound) <= 0
  if (version.major !== bound.major) return version.major < bound.major
  return open === 'minor' || version.minor <= bound.minor
}

/** The same minor and at least the patch; the same major where the minor is open; anything from 0.0.0 on where all is open. */
function matchesTilde(version: Version, { version: bound, open }: Comparator): boolean {
  if (compareVersions(version, bound) < 0) return false
  const zero = bound.major === 0n && bound.minor === 0n && bound.patch === 0n
  // ~0.0.0 is anything, too
  if (zero && (open === 'none' || open === 'major')) return true
  return version.major === bound.major && (open === 'minor' || version.minor === bound.minor)
}

/** Nothing left of the first part that is not zero may change. */
function matchesCaret(version: Version, { version: bound, open }: Comparator): boolean {
  if (compareVersions(version, bound) < 0) return false
  if (version.major !== bound.major) return false
  if (bound.major > 0n || open === 'minor') return true
  if (version.minor !== bound.minor) return false
  return bound.minor > 0n || open === 'patch' || version.patch === bound.patch
}
