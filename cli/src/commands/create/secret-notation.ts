// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path'
import { errorMessage } from '@tidelock/errors'
import { CliError } from '../../errors.ts'
import { checkTrustPolicy } from '../../secrets/trust-policy.ts'
import { addWithCommas } from '../flag-values.ts'
import type { SecretRecipe } from './recipe.ts'

interface NotationFlags {
  readonly trustPolicyFile?: string
  readonly caCertFile?: readonly string[]
}

/** `tidelock create secret notation`. */
export const secretNotation: SecretRecipe<NotationFlags> = {
  word: 'notation configuration',
  description: 'create or update a Secret with certificates and the trust policy for signatures of Notation',
  examples: `
Examples:
  tidelock create secret notation trust --trust-policy-file trustpolicy.json --ca-cert-file ca.crt`,
  afterExport: '\n',
  addFlags: (command) =>
    void command
      .option('--trust-policy-file <file>', 'trust policy, JSON')
      .option('--ca-cert-file <list>', 'certificates (.crt or .pem), with commas between; repeatable', addWithCommas),
  toContent: async ({ trustPolicyFile, caCertFile = [] }, { readText }) => {
    if (caCertFile.length === 0) throw new CliError('UsageInvalid', '--ca-cert-file is required')
    if (!trustPolicyFile) throw new CliError('UsageInvalid', '--trust-policy-file is required')
    const policy = await readText(trustPolicyFile, '--trust-policy-file')
    requirePolicy(trustPolicyFile, policy)
    const wrong = caCertFile.map((file) => basename(file)).find((name) => !/\.(crt|pem)$/.test(name))
    if (wrong !== undefined)
      throw new CliError('UsageInvalid', `--ca-cert-file: ${wrong} must end with either .crt or .pem`)
    const certificates = caCertFile.map(
      async (file) => [basename(file), await readText(file, '--ca-cert-file')] as const,
    )
    return { stringData: { ...Object.fromEntries(await Promise.all(certificates)), 'trustpolicy.json': policy } }
  },
}

function requirePolicy(file: string, text: string): void {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch (cause) {
    const message = `--trust-policy-file: failed to unmarshal trust policy ${file}: ${errorMessage(cause)}`
    throw new CliError('UsageInvalid', message, { cause })
  }
  const problem = checkTrustPolicy(policy)
  if (problem !== undefined) throw new CliError('UsageInvalid', `--trust-policy-file: invalid trust policy: ${problem}`)
}
