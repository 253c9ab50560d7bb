// SPDX-License-Identifier: Apache-2.0
import { dockerHub } from './reference.ts'

const localName = /(?:^|\.)(?:local|localhost)$/i

/**
 * The schemes to try at a registry, best first: https alone, and plain HTTP after it for `insecure` and, as Docker and
 * go-containerregistry do, for loopback, private IPv4 addresses and names that end with `.local` or `.localhost`.
 */
export function schemesOf(registry: string, insecure: boolean): readonly ('https' | 'http')[] {
  return insecure || isLocal(registry) ? ['https', 'http'] : ['https']
}

function isLocal(registry: string): boolean {
  const host = registry.replace(/:[0-9]+$/, '')
  if (registry === dockerHub) return false
  return localName.test(host) || host === '[::1]' || isPrivateAddress(host)
}

function isPrivateAddress(host: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)
  if (parts === null) return false
  const [a, b] = [Number(parts[1]), Number(parts[2])]
  return a === 127 || a === 10 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b <= 31)
}

const certificateCodes =
  /^(CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_TLS_CERT|INVALID_(CA|PURPOSE))/

/** Whether a server that speaks TLS was there and its certificate is what failed: no reason to try in the clear. */
export function isCertificateFailure(error: unknown): boolean {
  let link = error
  for (let depth = 0; depth < 8 && typeof link === 'object' && link !== null; depth++) {
    const { code, cause } = link as { code?: unknown; cause?: unknown }
    if (typeof code === 'string' && certificateCodes.test(code)) return true
    link = cause
  }
  return false
}
