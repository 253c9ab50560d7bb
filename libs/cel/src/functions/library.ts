// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import type { Value } from '../value/values.ts'

/** A function of the environment: takes the receiver first, if there is one. Undefined when it takes no such arguments. */
export type CelFunction = (args: readonly Value[], budget: Budget) => Value | undefined

/** Functions by name. */
export type Library = Readonly<Record<string, CelFunction>>
