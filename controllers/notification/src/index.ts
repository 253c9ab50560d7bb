// SPDX-License-Identifier: Apache-2.0
export { NotificationError } from './errors.ts'
export type { NotificationErrorCode } from './errors.ts'
