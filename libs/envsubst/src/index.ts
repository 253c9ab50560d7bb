// SPDX-License-Identifier: Apache-2.0
export { substitute } from './substitute.ts'
export type { Lookup, SubstituteOptions } from './substitute.ts'
export { normaliseValue, substituteVariables } from './variables.ts'
export { SubstitutionError } from './errors.ts'
export type { SubstitutionErrorCode } from './errors.ts'
