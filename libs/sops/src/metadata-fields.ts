// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Timestamp } from './tree.ts'
import type { Branch, Value } from './tree.ts'

/** The scalar under the key as text, '' when absent. Throws `MetadataInvalid` for a list or a mapping. */
export function textOf(branch: Branch, key: string): string {
  const value: Value | undefined = branch.get(key)
  if (value === undefined || value === null) return ''
  if (value instanceof Timestamp) return value.text
  if (typeof value === 'object') throw invalid(`${key} is no text`)
  return String(value)
}

/** The error of metadata with this problem. */
export function invalid(problem: string): SopsError {
  return new SopsError('MetadataInvalid', `the sops metadata is not usable: ${problem}`)
}
