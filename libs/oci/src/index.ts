// SPDX-License-Identifier: Apache-2.0
export { OciError } from './errors.ts'
export type { OciErrorCode } from './errors.ts'
