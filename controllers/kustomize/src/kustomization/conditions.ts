// SPDX-License-Identifier: Apache-2.0
import { healthyCondition, readyCondition, reconcilingCondition, stalledCondition } from '@tidelock/api'
import type { ConditionTable } from '@tidelock/runtime'
import { driftedCondition, unwatchedCondition } from './annotations.ts'

/** Conditions of Kustomization: Ready says what the outcome says. */
export const kustomizationConditions: ConditionTable = {
  owned: [
    readyCondition,
    reconcilingCondition,
    stalledCondition,
    healthyCondition,
    driftedCondition,
    unwatchedCondition,
  ],
  summarize: [],
  negativePolarity: [],
  progressMakesReadyUnknown: true,
  progressMessage: 'Reconciliation in progress',
}
