// SPDX-License-Identifier: Apache-2.0
import { causes } from './coded-error.ts'

const marked = new WeakSet<object>()

/** Marks an error as one that no retry can mend (until the spec changes) and returns it. */
export function terminal<E extends Error>(error: E): E {
  marked.add(error)
  return error
}

/** Whether the error, or any cause of it, was marked by `terminal`. */
export function isTerminal(error: unknown): boolean {
  for (const link of causes(error)) if (marked.has(link)) return true
  return false
}
