// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../../errors.ts'
import type { SecretRecipe } from './recipe.ts'

interface GitHubAppFlags {
  readonly appId?: string
  readonly appInstallationOwner?: string
  readonly appInstallationId?: string
  readonly appPrivateKey?: string
  readonly appBaseUrl?: string
}

/** `tidelock create secret githubapp`. */
export const secretGitHubApp: SecretRecipe<GitHubAppFlags> = {
  word: 'githubapp',
  description: 'create or update a Secret with the key of a GitHub App',
  examples: `
Examples:
  tidelock create secret githubapp app-auth --app-id 1 --app-installation-id 2 --app-private-key app.pem`,
  afterExport: '\n',
  addFlags: (command) =>
    void command
      .option('--app-id <id>', 'id of the App')
      .option('--app-installation-owner <name>', 'user or organisation where it is installed')
      .option('--app-installation-id <id>', 'id of the installation, instead of its owner')
      .option('--app-private-key <file>', 'private key of the App')
      .option('--app-base-url <url>', 'address of the API, of GitHub Enterprise Server'),
  toContent: async (flags, { readText }) => {
    const { appId, appInstallationOwner: owner, appInstallationId: id, appPrivateKey, appBaseUrl: url } = flags
    if (!appPrivateKey) throw new CliError('UsageInvalid', 'unable to read private key file: give --app-private-key')
    const key = await readText(appPrivateKey, '--app-private-key')
    if (!appId) throw new CliError('UsageInvalid', 'githubAppID is required: give --app-id')
    if (Boolean(owner) === Boolean(id))
      throw new CliError(
        'UsageInvalid',
        'exactly one of githubAppInstallationOwner or githubAppInstallationID must be provided: --app-installation-owner or --app-installation-id',
      )
    return {
      type: 'Opaque',
      stringData: {
        ...{ githubAppID: appId, githubAppPrivateKey: key },
        ...(owner ? { githubAppInstallationOwner: owner } : {}),
        ...(id ? { githubAppInstallationID: id } : {}),
        ...(url ? { githubAppBaseURL: url } : {}),
      },
    }
  },
}
