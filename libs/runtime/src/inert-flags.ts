// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { declareFlag } from './flag-set.ts'
import type { FeatureGates } from './feature-gates.ts'
import { booleanFlag, textFlag } from './flag-values.ts'
import type { Logger } from './logger.ts'

/** A flag of Flux that does nothing here, or not yet. */
export interface InertFlag {
  readonly name: string
  readonly boolean?: boolean
  /** What happens instead, for `--help`, the flag table and the log. */
  readonly instead: string
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * Declares flags that Flux's manifests may carry, so that a controller starts with them, and returns what reads which of them were
 * given. The caller logs those: a flag must not be ignored in silence.
 */
export function inertFlags(command: Command, flags: readonly InertFlag[]): (env: Env) => readonly InertFlag[] {
  const readers = flags.map((flag) => {
    const { name, boolean = false } = flag
    const description = `taken from Flux's manifests without effect: ${flag.instead}`
    const read = boolean
      ? declareFlag(command, { name, default: false, description, parse: booleanFlag })
      : declareFlag(command, { name, default: '', description, parse: textFlag })
    return { flag, read }
  })
  return (env) => readers.flatMap(({ flag, read }) => (read(env) === '' || read(env) === false ? [] : [flag]))
}

/** Says in the log which of the given flags and enabled gates do nothing. */
export function reportInert(
  log: Logger,
  given: readonly InertFlag[],
  gates: { readonly names: readonly string[]; readonly features: FeatureGates },
): void {
  for (const { name: flag, instead } of given) log.info({ flag, instead }, 'the flag has no effect in this version')
  for (const gate of gates.names.filter((name) => gates.features.enabled(name)))
    log.info({ gate }, 'the feature gate has no effect in this version')
}
