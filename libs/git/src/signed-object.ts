// SPDX-License-Identifier: Apache-2.0

/** A signature and what it is about. */
export interface SignedContent {
  /** Armored, as it stands in the object. */
  readonly signature: string
  /** The object without its signature: what was signed. */
  readonly payload: Buffer
}

const newline = 0x0a
const space = 0x20

/**
 * Takes the signature out of a commit, by Git's rules (commit.c, parse_buffer_signed_by_header): the header `gpgsig` with the lines
 * that continue it; any other header that begins so (`gpgsig-sha256`) is not signed either. Undefined for a commit without one.
 */
export function splitSignedCommit(data: Buffer): SignedContent | undefined {
  const payload: Buffer[] = []
  let signature = ''
  let inSignature = false
  let inOther = false
  for (let at = 0; at < data.length;) {
    const next = lineEnd(data, at)
    if (data[at] === newline) {
      payload.push(data.subarray(at))
      break
    }
    const continues = data[at] === space
    if (!continues) {
      inSignature = startsWith(data, at, 'gpgsig ')
      inOther = !inSignature && startsWith(data, at, 'gpgsig')
    }
    if (inSignature) signature += data.toString('latin1', at + (continues ? 1 : 'gpgsig '.length), next)
    else if (!inOther) payload.push(data.subarray(at, next))
    at = next
  }
  return signature === '' ? undefined : { signature, payload: Buffer.concat(payload) }
}

const tagSignatures = [
  '-----BEGIN PGP SIGNATURE-----',
  '-----BEGIN PGP MESSAGE-----',
  '-----BEGIN SIGNED MESSAGE-----',
  '-----BEGIN SSH SIGNATURE-----',
]

/** Takes the signature off the end of a tag: it begins with the last line that begins one. Undefined for a tag without one. */
export function splitSignedTag(data: Buffer): SignedContent | undefined {
  let found = -1
  for (let at = 0; at < data.length; at = lineEnd(data, at)) {
    if (tagSignatures.some((begin) => startsWith(data, at, begin))) found = at
  }
  if (found < 0) return undefined
  return { signature: data.toString('latin1', found), payload: data.subarray(0, found) }
}

/** Where the next line begins. */
function lineEnd(data: Buffer, at: number): number {
  const end = data.indexOf(newline, at)
  return end < 0 ? data.length : end + 1
}

function startsWith(data: Buffer, at: number, text: string): boolean {
  return data.toString('latin1', at, at + text.length) === text
}
