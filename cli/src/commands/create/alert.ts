// SPDX-License-Identifier: Apache-2.0
import { alertKind } from '@tidelock/api'
import type { JsonObject } from '@tidelock/api'
import { Option } from 'commander'
import { CliError } from '../../errors.ts'
import { requireKind } from '../../kinds/kinds.ts'
import { addWithCommas } from '../flag-values.ts'
import type { ObjectRecipe } from './recipe.ts'

interface AlertFlags {
  readonly providerRef?: string
  readonly eventSeverity?: string
  readonly eventSource?: readonly string[]
}

/** `tidelock create alert`. */
export const alert: ObjectRecipe<AlertFlags> = {
  kind: requireKind(alertKind),
  words: 'alert',
  noun: 'Alert',
  isAnnounced: true,
  examples: `
Examples:
  tidelock create alert apps --provider-ref slack --event-severity error --event-source "Kustomization/*"`,
  addFlags: (command) =>
    void command
      .option('--provider-ref <name>', 'Provider that tells')
      .addOption(new Option('--event-severity <severity>', 'least severity').choices(['info', 'error']))
      .option('--event-source <list>', 'kind/name[.namespace], with commas between; repeatable', addWithCommas),
  toSpec: ({ providerRef, eventSeverity, eventSource = [] }) => {
    if (!providerRef) throw new CliError('UsageInvalid', 'provider ref is required: give --provider-ref')
    const eventSources = eventSource.map(toSource)
    if (eventSources.length === 0)
      throw new CliError('UsageInvalid', 'at least one event source is required: give --event-source')
    return {
      ...{ providerRef: { name: providerRef }, eventSources },
      ...(eventSeverity === undefined ? {} : { eventSeverity }),
    }
  },
  done: ({ metadata }) => [`Alert ${metadata.name} is ready`],
}

function toSource(text: string): JsonObject {
  const [kind = '', rest = '', ...more] = text.split('/')
  if (kind === '' || rest === '' || more.length > 0)
    throw new CliError(
      'UsageInvalid',
      `--event-source: invalid event source '${text}', must be in format <kind>/<name>`,
    )
  const dot = rest.lastIndexOf('.')
  return dot < 0 ? { kind, name: rest } : { kind, name: rest.slice(0, dot), namespace: rest.slice(dot + 1) }
}
