// SPDX-License-Identifier: Apache-2.0
export { VerifyError } from './errors.ts'
export type { VerifyErrorCode } from './errors.ts'
