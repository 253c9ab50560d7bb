// SPDX-License-Identifier: Apache-2.0

/** Why an instance died: its memory maximum, its stack, or something else. */
export type CrashKind = 'memory' | 'stack' | 'other'

/** Tells from the exception that left the engine and from what Go's runtime printed before. */
export function classifyCrash(error: unknown, output: string): CrashKind {
  if (/out of memory|cannot allocate memory/.test(output)) return 'memory'
  if (isStackOverflow(error) || /stack overflow|stack exceeds/.test(output)) return 'stack'
  return 'other'
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/.test(error.message)
}
