// SPDX-License-Identifier: Apache-2.0
import { receiverKind } from '@tidelock/api'
import { Option } from 'commander'
import { CliError } from '../../errors.ts'
import { requireKind } from '../../kinds/kinds.ts'
import { addWithCommas } from '../flag-values.ts'
import { receiverTypes } from './receiver-types.ts'
import type { ObjectRecipe } from './recipe.ts'
import { refer } from './source-flags.ts'

interface ReceiverFlags {
  readonly type?: string
  readonly secretRef?: string
  readonly event?: readonly string[]
  readonly resource?: readonly string[]
}

/** `tidelock create receiver`. */
export const receiver: ObjectRecipe<ReceiverFlags> = {
  kind: requireKind(receiverKind),
  words: 'receiver',
  noun: 'Receiver',
  isAnnounced: true,
  examples: `
Examples:
  tidelock create receiver github --type github --event push --secret-ref webhook-token --resource GitRepository/fleet`,
  addFlags: (command) =>
    void command
      .addOption(new Option('--type <type>', 'who sends').choices(receiverTypes))
      .option('--secret-ref <name>', 'Secret with the token')
      .option('--event <list>', 'events that count, with commas between; repeatable', addWithCommas)
      .option('--resource <list>', 'what to reconcile: kind/name, with commas between; repeatable', addWithCommas),
  toSpec: ({ type, secretRef, event, resource = [] }) => {
    if (!type) throw new CliError('UsageInvalid', 'Receiver type is required: give --type')
    if (!secretRef) throw new CliError('UsageInvalid', 'secret ref is required: give --secret-ref')
    const resources = resource.map((text) => {
      const [kind = '', name = '', ...more] = text.split('/')
      if (kind !== '' && name !== '' && more.length === 0) return { kind, name }
      throw new CliError('UsageInvalid', `--resource: invalid event source '${text}', must be in format <kind>/<name>`)
    })
    if (resources.length === 0) throw new CliError('UsageInvalid', 'at least one resource is required: give --resource')
    return { type, ...refer('secretRef', secretRef), ...(event === undefined ? {} : { events: [...event] }), resources }
  },
  done: ({ metadata, status }) => [
    `Receiver ${metadata.name} is ready`,
    `generated webhook URL ${status?.webhookPath ?? ''}`,
  ],
}
