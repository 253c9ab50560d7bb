// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../../errors.ts'
import { gitUrl, httpCredentials } from '../../secrets/git-credentials.ts'
import { addKeyFlags, sshContent } from './key-flags.ts'
import type { KeyFlags } from './key-flags.ts'
import type { SecretRecipe } from './recipe.ts'

interface GitSecretFlags extends KeyFlags {
  readonly url?: string
  readonly caCrtFile?: string
  readonly bearerToken?: string
}

/** `tidelock create secret git`. */
export const secretGit: SecretRecipe<GitSecretFlags> = {
  word: 'git',
  description:
    'create or update a Secret with credentials for Git; for SSH with a new key and the host keys of the server',
  examples: `
Examples:
  tidelock create secret git fleet-auth --url ssh://git@example.com/fleet --ssh-key-algorithm ed25519
  tidelock create secret git fleet-auth --url https://example.com/fleet -u git -p "$TOKEN" --export > auth.yaml`,
  afterExport: '\n',
  addFlags: (command) => {
    command
      .option('--url <url>', 'address: ssh://, https:// or http://')
      .option('--bearer-token <token>', 'token, instead of user and password')
      .option('--ca-crt-file <file>', 'certificates that sign the one of the server')
    addKeyFlags(command)
  },
  toContent: async (flags, context) => {
    const url = gitUrl(flags.url)
    if (url.protocol === 'ssh:') return await sshContent(url, flags, context)
    const { username = '', password = '', bearerToken = '', caCrtFile } = flags
    const hasUser = username !== '' && password !== ''
    if (!hasUser && bearerToken === '')
      throw new CliError(
        'UsageInvalid',
        'for Git over HTTP/S the username and password, or a bearer token is required: -u and -p, or --bearer-token',
      )
    if (hasUser && bearerToken !== '')
      throw new CliError('UsageInvalid', 'user credentials and bearer token cannot be used together: leave one out')
    const ca = caCrtFile === undefined ? '' : await context.readText(caCrtFile, '--ca-crt-file')
    return httpCredentials({ username, password, bearerToken, ca })
  },
}
