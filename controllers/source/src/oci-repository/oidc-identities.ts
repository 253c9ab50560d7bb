// SPDX-License-Identifier: Apache-2.0
import type { OCIRepository } from '@tidelock/api'
import type { IdentityMatch } from '@tidelock/verify'
import { RE2JS } from 're2js'

type Matcher = (text: string) => boolean

const limits = { length: 1000, program: 10_000 }

/**
 * The identities that `matchOIDCIdentity` asks for. Issuer and subject are regular expressions of Go (RE2) and match any part of
 * the text unless they are anchored, as cosign takes them. Throws an Error with cosign's wording for one that is none.
 */
export function readIdentities(verify: NonNullable<OCIRepository['spec']['verify']>): readonly IdentityMatch[] {
  return (verify.matchOIDCIdentity ?? []).map(({ issuer, subject }) => ({
    issuer: compile('issuer', issuer),
    subject: compile('subject', subject),
  }))
}

function compile(what: string, pattern: string): Matcher {
  if (pattern.length > limits.length)
    throw new Error(`malformed ${what} in identity: longer than ${limits.length} characters`)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (cause) {
    throw new Error(`malformed ${what} in identity: ${pattern}`, { cause })
  }
  if (compiled.programSize() > limits.program)
    throw new Error(`malformed ${what} in identity: ${pattern}: repeats too much`)
  return (text) => compiled.matcher(text).find()
}
