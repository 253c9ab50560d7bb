// SPDX-License-Identifier: Apache-2.0
export { latestMatching } from './latest.ts'
export { parseRange } from './range.ts'
export type { Range } from './range.ts'
export { compareVersions, parseTag, parseVersion } from './version.ts'
export type { Version } from './version.ts'
export { VersionError } from './version-error.ts'
export type { VersionErrorCode } from './version-error.ts'
