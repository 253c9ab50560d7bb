// SPDX-License-Identifier: Apache-2.0
export { CelError } from './errors.ts'
export type { CelErrorCode, Problem } from './errors.ts'
export { compilePattern } from './functions/matches.ts'
export { measurePattern } from './functions/pattern-size.ts'
export type { PatternSize } from './functions/pattern-size.ts'
export { compile } from './program.ts'
export type { CompileOptions, EvaluateOptions, Program } from './program.ts'
