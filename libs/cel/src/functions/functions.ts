// SPDX-License-Identifier: Apache-2.0
import { collectionFunctions } from './collections.ts'
import { conversions, toType } from './conversions.ts'
import type { CelFunction } from './library.ts'
import { stringFunctions } from './strings.ts'
import { timeFunctions } from './times.ts'

/** All functions that need nothing but their arguments. Operators, `matches` and `or` are the evaluator's. */
export const functions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ...Object.entries(collectionFunctions),
  ...Object.entries(stringFunctions),
  ...Object.entries(timeFunctions),
  ...[...conversions].map(([name, convert]): [string, CelFunction] => [name, unary(convert)]),
  ['type', unary(toType)],
  ['dyn', unary((value) => value)],
])

function unary(apply: (value: Parameters<CelFunction>[0][number], budget: Parameters<CelFunction>[1]) => unknown) {
  return (([value, ...rest], budget) =>
    value === undefined || rest.length > 0 ? undefined : apply(value, budget)) as CelFunction
}
