// SPDX-License-Identifier: Apache-2.0
import { getCACertificates } from 'node:tls'

/** The system's certificate authorities and the given ones; a client's `ca` option would replace the former. */
export function trustedRoots(ca: string): string[] {
  return [...getCACertificates('default'), ca]
}
