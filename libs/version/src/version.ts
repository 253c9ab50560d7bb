// SPDX-License-Identifier: Apache-2.0
import { VersionError } from './version-error.ts'

/** A version as Masterminds semver v3 reads it; numbers go up to 2^64 - 1. */
export interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  /** Without the dash; '' for a release. */
  readonly prerelease: string
  /** Without the plus; '' for none. Plays no part in comparing. */
  readonly metadata: string
  /** The text as given, with its `v` if it had one. */
  readonly original: string
}

const maxVersionLength = 256
const maxNumber = 2n ** 64n - 1n
const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*'
const pattern = new RegExp(`^v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?(?:-(${identifiers}))?(?:\\+(${identifiers}))?$`)

/**
 * Reads a version leniently: a leading `v`, missing minor or patch (they are 0), and leading zeros in the three numbers are
 * accepted. Throws `InvalidVersion`.
 */
export function parseVersion(text: string): Version {
  const match = text.length > maxVersionLength ? null : pattern.exec(text)
  if (match === null) throw new VersionError('InvalidVersion', `invalid version ${JSON.stringify(text.slice(0, 64))}`)
  const [, major = '', minor = '0', patch = '0', prerelease = '', metadata = ''] = match
  if (prerelease.split('.').some((part) => /^0[0-9]+$/.test(part))) {
    throw new VersionError(
      'InvalidVersion',
      `invalid version ${JSON.stringify(text)}: a pre-release number starts with 0`,
    )
  }
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const
  if (numbers.some((number) => number > maxNumber)) {
    throw new VersionError(
      'InvalidVersion',
      `invalid version ${JSON.stringify(text)}: a number is larger than 2^64 - 1`,
    )
  }
  return { major: numbers[0], minor: numbers[1], patch: numbers[2], prerelease, metadata, original: text }
}

/**
 * Reads a tag as Flux does: as `parseVersion`, but it must have two dots, so that `v1` and `2024` are no versions.
 * Undefined when the tag is no version.
 */
export function parseTag(tag: string): Version | undefined {
  if (tag.split('.').length < 3) return undefined
  try {
    return parseVersion(tag)
  } catch (error) {
    if (error instanceof VersionError) return undefined
    throw error
  }
}

/** Negative, zero or positive as `a` is before, equal to or after `b` in semver's order; metadata plays no part. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.prerelease, b.prerelease)
  )
}

/** Orders pre-releases: part by part, and none ('') after any. */
export function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0
  if (a === '' || b === '') return a === '' ? 1 : -1
  const left = a.split('.')
  const right = b.split('.')
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareIdentifiers(left[i] ?? '', right[i] ?? '')
    if (order !== 0) return order
  }
  return left.length - right.length
}

// numbers come before words; a number too large for 64 bits counts as a word, as in Go
function compareIdentifiers(a: string, b: string): number {
  const left = toNumber(a)
  const right = toNumber(b)
  if (left !== undefined && right !== undefined) return compare(left, right)
  if (left !== undefined) return -1
  if (right !== undefined) return 1
  return compare(a, b)
}

function toNumber(identifier: string): bigint | undefined {
  if (!/^[0-9]+$/.test(identifier)) return undefined
  const number = BigInt(identifier)
  return number > maxNumber ? undefined : number
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
