// SPDX-License-Identifier: Apache-2.0
import type { CelError } from '@tidelock/cel'
import type { Stalled } from '@tidelock/runtime'

/** The end of a run whose spec holds an expression that is none: nothing but another spec mends that, so the generation is observed. */
export function stalledByExpression(error: CelError): Stalled {
  const message = `Reconciliation failed terminally due to configuration error: ${error.message}`
  return { kind: 'stalled', reason: 'InvalidCELExpression', error, message, observe: true }
}
