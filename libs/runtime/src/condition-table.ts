// SPDX-License-Identifier: Apache-2.0

/** The conditions of a kind: which are its own, and how Ready follows from them. */
export interface ConditionTable {
  /** Every condition type that this controller writes. */
  readonly owned: readonly string[]
  /** Types that Ready sums up, most important first. Empty: Ready says what the outcome says. */
  readonly summarize: readonly string[]
  /** Those of `summarize` where True is bad. */
  readonly negativePolarity: readonly string[]
  /** Types whose False becomes Ready's False with their reason and message, most important first. */
  readonly biPolarity?: readonly string[]
  /** Whether nobody else writes conditions of this kind: then the list is patched as a whole. Absent: true. */
  readonly exclusive?: boolean
  /** Whether reporting progress turns Ready to Unknown (Kustomization, HelmRelease) or leaves it (sources). */
  readonly progressMakesReadyUnknown: boolean
  /** Ready's message while it is Unknown. Absent: that of the progress. */
  readonly progressMessage?: string
}
