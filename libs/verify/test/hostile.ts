// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check'
import { VerifyError } from '../src/errors.ts'

/** What a reader of a stranger's bytes must not do: the error that it threw, when it is none of this package; absent when all is well. */
export function crashOf(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error instanceof VerifyError ? undefined : error
  }
}

/** The code of the error of this package that a run ends with, else what it returns. */
export function outcomeOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if (error instanceof VerifyError) return error.code
    throw error
  }
}

/** A copy of a JSON value in which one value, picked by number, is another. */
export function mutate(value: unknown, pick: number, other: unknown): unknown {
  const places: ((put: unknown) => void)[] = []
  const copy = structuredClone({ value })
  const walk = (holder: Record<string, unknown>): void => {
    for (const [key, child] of Object.entries(holder)) {
      places.push((put) => {
        holder[key] = put
      })
      if (typeof child === 'object' && child !== null) walk(child as Record<string, unknown>)
    }
  }
  walk(copy)
  places[pick % places.length]?.(other)
  return copy.value
}

/** Values that a document may have in a place where another is right. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.base64String(),
  fc.constantFrom<unknown>(null, true, {}, [], '', '__proto__', -1, 2 ** 53, '1e999', ['a'], { toString: 1 }),
)

/** Bytes, text and JSON that no tool made. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 512 }),
  fc.string().map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
)
