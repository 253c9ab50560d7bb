// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval } from '@tidelock/api'
import { CelError } from '@tidelock/cel'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'
import { compileHealthRules } from '../expressions/health-rules.ts'
import { stalledByExpression } from '../expressions/stalled.ts'

/** Compiles `spec.healthCheckExprs`, before anything else is looked at: an expression that is none stalls the object. */
export function readHealthRules<R extends Run>(run: R): Step<R> {
  try {
    return next({ ...run, healthRules: compileHealthRules(run.obj, run.deps.allowances) })
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    if (error.code === 'InvalidExpression') return stalledByExpression(error)
    return { kind: 'failed', reason: 'ReconciliationFailed', error, retryAfterMs: kustomizationRetryInterval(run.obj) }
  }
}
