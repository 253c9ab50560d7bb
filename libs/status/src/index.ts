// SPDX-License-Identifier: Apache-2.0
export { statusOf } from './status-of.ts'
export { healthCatalogue } from './catalogue.ts'
export type { HealthObject, Rule, Status, StatusOptions, StatusResult } from './types.ts'
