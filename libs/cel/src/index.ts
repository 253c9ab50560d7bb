// SPDX-License-Identifier: Apache-2.0
export { CelError } from './errors.ts'
export type { CelErrorCode } from './errors.ts'
