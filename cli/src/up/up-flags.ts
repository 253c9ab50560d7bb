// SPDX-License-Identifier: Apache-2.0
import type { ControllerName } from './controller-names.ts'

/** The flags of `tidelock up`, as commander gives them. */
export interface UpFlags {
  data?: string
  detach?: boolean
  controllers: readonly ControllerName[]
  singleProcess?: boolean
  repository?: string
  path: string
  output?: string
  walkthrough?: boolean
  once?: boolean
  stepTimeout: string
  auditLog?: string
  controllerFlag?: readonly string[]
}
