// SPDX-License-Identifier: Apache-2.0
import { providerKind } from '@tidelock/api'
import { CliError } from '../../errors.ts'
import { requireKind } from '../../kinds/kinds.ts'
import type { ObjectRecipe } from './recipe.ts'
import { refer } from './source-flags.ts'

interface ProviderFlags {
  readonly type?: string
  readonly channel?: string
  readonly username?: string
  readonly address?: string
  readonly secretRef?: string
}

/** `tidelock create alert-provider`. */
export const alertProvider: ObjectRecipe<ProviderFlags> = {
  kind: requireKind(providerKind),
  words: 'alert-provider',
  noun: 'Provider',
  isAnnounced: true,
  examples: `
Examples:
  tidelock create alert-provider slack --type slack --channel ops --secret-ref slack-token`,
  addFlags: (command) =>
    void command
      .option('--type <type>', 'type: slack, github, generic, …')
      .option('--channel <name>', 'channel of a chat')
      .option('--username <name>', 'name to write under')
      .option('--address <url>', 'address of the repository, chat or webhook')
      .option('--secret-ref <name>', 'Secret with the token or the address'),
  toSpec: ({ type, channel, username, address, secretRef }) => {
    if (!type) throw new CliError('UsageInvalid', 'Provider type is required: give --type')
    return {
      type,
      ...(channel ? { channel } : {}),
      ...(username ? { username } : {}),
      ...(address ? { address } : {}),
      ...refer('secretRef', secretRef),
    }
  },
  done: ({ metadata }) => [`Provider ${metadata.name} is ready`],
}
