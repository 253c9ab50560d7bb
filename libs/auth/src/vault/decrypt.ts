// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { sendJson, textAt } from '../send-json.ts'
import { requireAllowed, vaultUrl } from './path.ts'
import { vaultRequest } from './request.ts'
import type { VaultCiphertext, VaultSource, VaultToken } from './types.ts'

/** The plain data key. Throws `AuthError`, or the signal's reason. */
export async function decryptWithVault(
  key: VaultCiphertext,
  tokens: VaultSource,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { vaultAddress, enginePath, keyName, enc } = key
  const subject = `Vault key '${vaultAddress}/v1/${enginePath}/keys/${keyName}'`
  const url = vaultUrl(vaultAddress, [enginePath, 'decrypt', keyName])
  requireAllowed(vaultAddress, deps.env['SOPS_HC_VAULT_ALLOWLIST'])
  const decrypt = async ({ token }: VaultToken): Promise<Uint8Array> => {
    const request = vaultRequest(subject, url, { ciphertext: enc }, deps, token)
    const plaintext = textAt(await sendJson(deps.vaultHttp, request, deps, signal), 'data', 'plaintext')
    if (plaintext === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no plaintext`)
    return Buffer.from(plaintext, 'base64')
  }
  const token = await tokens(vaultAddress, signal)
  try {
    return await decrypt(token)
  } catch (error) {
    // a token from the cache may have been revoked since
    const refused = error instanceof AuthError && error.code === 'AccessDenied'
    if (!refused || token.renew === undefined) throw error
    return decrypt(await token.renew(signal))
  }
}
