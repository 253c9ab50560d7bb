// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../../errors.ts'
import { toGoJson } from '../../output/go-json.ts'
import type { SecretRecipe } from './recipe.ts'

interface OciSecretFlags {
  readonly url?: string
  readonly username?: string
  readonly password?: string
}

const reference = /^(?:https?:\/\/)?[A-Za-z0-9][\w.-]*(?::\d+)?(?:\/[\w./-]+)?(?::[\w.-]+)?(?:@sha\d+:[0-9a-f]+)?$/

/** `tidelock create secret oci`. */
export const secretOci: SecretRecipe<OciSecretFlags> = {
  word: 'oci',
  description: 'create or update a Secret with credentials for a registry',
  examples: `
Examples:
  tidelock create secret oci ghcr-auth --url ghcr.io -u example -p "$TOKEN" --export > auth.yaml`,
  afterExport: '\n',
  addFlags: (command) =>
    void command
      .option('--url <registry>', 'registry, or repository: ghcr.io')
      .option('-u, --username <name>', 'user')
      .option('-p, --password <text>', 'password or token'),
  toContent: ({ url, username, password }) => {
    for (const [flag, value] of Object.entries({ url, username, password }))
      if (!value) throw new CliError('UsageInvalid', `--${flag} is required`)
    if (!url || !username || !password || !reference.test(url))
      throw new CliError('UsageInvalid', `--url: error parsing url: 'could not parse reference: ${url}'`)
    const auth = Buffer.from(`${username}:${password}`).toString('base64')
    const config = { auths: { [url]: { username, password, auth } } }
    return Promise.resolve({
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': toGoJson(config, 2) },
    })
  },
}
