// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../../errors.ts'

/** The flags of `trigger receiver`. */
export interface TriggerFlags {
  readonly url?: string
  readonly token?: string
  readonly type: 'generic' | 'generic-hmac' | 'generic-oidc'
  readonly oidcProvider?: string
  readonly oidcToken?: string
  readonly oidcAudience?: string
  readonly payload: string
  readonly retries: number
  readonly retryDelay: string
}

/** Where a token is looked for that no flag gives. */
export const tokenVariable = 'FLUX_TRIGGER_RECEIVER_OIDC_TOKEN'

/** Throws UsageInvalid where flags are missing or exclude each other. */
export function checkTriggerFlags(flags: TriggerFlags): void {
  const { url, token, type, oidcProvider, oidcToken, oidcAudience } = flags
  if (!url) throw refused('--url is required')
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw refused(`--url: '${url}' is no address: write https://host`)
  if (type !== 'generic-oidc') {
    if (!token) throw refused(`--token is required for --type=${type}`)
    if (oidcProvider || oidcToken || oidcAudience)
      throw refused('--oidc-provider, --oidc-token and --oidc-audience can only be set for --type=generic-oidc')
    return
  }
  if (token) throw refused('--token must not be set for --type=generic-oidc, the Receiver of this type has no secret')
  if (oidcProvider && oidcToken) throw refused('--oidc-provider and --oidc-token are mutually exclusive')
  if (oidcAudience && !oidcProvider) throw refused('--oidc-audience can only be set together with --oidc-provider')
}

function refused(message: string): CliError {
  return new CliError('UsageInvalid', message)
}
