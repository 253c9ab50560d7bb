// SPDX-License-Identifier: Apache-2.0
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { choice, int64, text, time } from './fields.ts'
import { conditionTypeRule, reasonRule } from './patterns.ts'

/** One entry of `status.conditions`, as `metav1.Condition`. */
export const conditionSchema = Type.Object(
  {
    lastTransitionTime: time('When the state last changed.'),
    message: text('Details of the last change, for people. May be empty.', { maxLength: 32768 }),
    observedGeneration: Type.Optional(
      int64('The metadata.generation that this state was computed from.', { minimum: 0 }),
    ),
    reason: text('The cause of the last change, in one CamelCase word for programs.', {
      minLength: 1,
      maxLength: 1024,
      pattern: reasonRule.pattern,
    }),
    status: choice('Whether the condition holds.', ['True', 'False', 'Unknown']),
    type: text('What the condition is about, in CamelCase, with a prefix where it is not a common one.', {
      maxLength: 316,
      pattern: conditionTypeRule.pattern,
    }),
  },
  { description: 'One aspect of the state of the object.' },
)

/** One aspect of an object's state. */
export interface Condition extends Static<typeof conditionSchema> {}

/** The states of a condition. */
export type ConditionStatus = Condition['status']
