// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@tidelock/api'
import { formatDuration, parseDuration } from '@tidelock/api'
import type { Command } from 'commander'
import { addWithCommas, durationFlag } from '../flag-values.ts'
import type { CreateFlags } from './flags.ts'

/** The flags of every `create source`. */
export interface SourceFlags {
  readonly url?: string
  readonly fetchTimeout?: string
  readonly secretRef?: string
  readonly proxySecretRef?: string
  readonly ignorePaths?: readonly string[]
}

/** Adds those flags. */
export function addSourceFlags(command: Command): void {
  command
    .option('--fetch-timeout <duration>', 'how long a fetch may take', durationFlag)
    .option('--secret-ref <name>', 'Secret with credentials')
    .option('--proxy-secret-ref <name>', 'Secret with the address of a proxy')
    .option('--ignore-paths <patterns>', 'paths to leave out, with commas between', addWithCommas)
}

/** What they say of the spec. */
export function sourceSpec(flags: SourceFlags & CreateFlags): JsonObject {
  const { url = '', interval, fetchTimeout, secretRef, proxySecretRef, ignorePaths } = flags
  return {
    ...{ url, interval: durationOf(interval) },
    ...(fetchTimeout === undefined ? {} : { timeout: durationOf(fetchTimeout) }),
    ...refer('secretRef', secretRef),
    ...refer('proxySecretRef', proxySecretRef),
    ...(ignorePaths === undefined ? {} : { ignore: ignorePaths.join('\n') }),
  }
}

/** `{ field: { name } }`; nothing without a name. */
export function refer(field: string, name: string | undefined): JsonObject {
  return name === undefined || name === '' ? {} : { [field]: { name } }
}

/** A duration as Go writes it. */
export function durationOf(text: string): string {
  return formatDuration(parseDuration(text))
}
