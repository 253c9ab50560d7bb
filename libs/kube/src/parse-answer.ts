// SPDX-License-Identifier: Apache-2.0
import { KubeError } from './kube-error.ts'
import type { ObjectRef } from './object-ref.ts'

/**
 * The value of a JSON answer. Throws `DecodeFailed` with what was asked, and without the parser's words: these quote the answer, and what stands at an
 * address that a user gave may be nobody's to read.
 */
export function parseAnswer<T extends object>(body: string, asked: string, ref?: ObjectRef): T {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new KubeError('DecodeFailed', `${asked}: the answer is not JSON`, { ref })
  }
  if (typeof value === 'object' && value !== null) return value as T
  throw new KubeError('DecodeFailed', `${asked}: the answer is no object`, { ref })
}
