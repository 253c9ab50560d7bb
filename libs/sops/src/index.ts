// SPDX-License-Identifier: Apache-2.0
export { SopsError } from './errors.ts'
export type { SopsErrorCode } from './errors.ts'
