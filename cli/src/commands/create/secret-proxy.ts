// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../../errors.ts'
import type { SecretRecipe } from './recipe.ts'

interface ProxyFlags {
  readonly address?: string
  readonly username?: string
  readonly password?: string
}

/** `tidelock create secret proxy`. */
export const secretProxy: SecretRecipe<ProxyFlags> = {
  word: 'proxy',
  description: 'create or update a Secret with the address of a proxy',
  examples: `
Examples:
  tidelock create secret proxy egress --address http://proxy.example.com:3128 -u tidelock -p "$PASSWORD"`,
  afterExport: '\n',
  addFlags: (command) =>
    void command
      .option('--address <url>', 'address: http://, https:// or socks5://')
      .option('-u, --username <name>', 'user')
      .option('-p, --password <text>', 'password'),
  toContent: ({ address = '', username, password }) => {
    if (address === '') throw new CliError('UsageInvalid', 'address is required: give --address')
    if (!URL.canParse(address))
      throw new CliError(
        'UsageInvalid',
        `--address: invalid proxy address: '${address}' is no URL; write http://host:port`,
      )
    const login = { ...(username ? { username } : {}), ...(password ? { password } : {}) }
    return Promise.resolve({ type: 'Opaque', stringData: { address, ...login } })
  },
}
