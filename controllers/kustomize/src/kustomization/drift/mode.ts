// SPDX-License-Identifier: Apache-2.0

/**
 * What happens when objects drift. `correct`: undone, at once or at the interval, and reported. `warn`: reported and left, also at the
 * interval, until Git says something else about the object. `off`: as in Flux, undone at the interval without a word about who did it.
 */
export type DriftMode = 'correct' | 'warn' | 'off'

/** All modes. */
export const driftModes: readonly DriftMode[] = ['correct', 'warn', 'off']

/** Whether the word names a mode. */
export function isDriftMode(word: string | undefined): word is DriftMode {
  return driftModes.some((mode) => mode === word)
}
