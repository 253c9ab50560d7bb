// SPDX-License-Identifier: Apache-2.0
export { BenchError, type BenchErrorCode } from './errors.ts'
export { type BenchCommand, type BenchOptions, parseOptions } from './options.ts'
export type { BenchEnvironment } from './place/place.ts'
export type { BenchResult } from './result.ts'
export { runCommand } from './run.ts'
