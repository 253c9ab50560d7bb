// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'
import type ssh2 from 'ssh2'

const load = createRequire(import.meta.url)

/** The SSH library. It is loaded when it is first asked for: few repositories are reached by SSH. */
export function loadSsh2(): typeof ssh2 {
  return load('ssh2') as typeof ssh2
}
