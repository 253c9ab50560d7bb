// SPDX-License-Identifier: Apache-2.0
export { AuthError } from './errors.ts'
export type { AuthErrorCode } from './errors.ts'
