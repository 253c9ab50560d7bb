// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from 'node:crypto'
import { GitError } from '../git-error.ts'
import { remoteText } from '../remote-text.ts'
import { keyTypeOf } from './host-key.ts'

/** A host as known_hosts names it: its port belongs to the name unless it is 22. */
export interface HostAddress {
  readonly host: string
  readonly port: number
}

/** One line of known_hosts. */
export interface KnownHost {
  /** From 1. */
  readonly line: number
  readonly marker: 'none' | 'revoked' | 'authority'
  readonly type: string
  /** As in SSH's wire format. */
  readonly key: Buffer
  readonly matches: (name: string) => boolean
}

/** What known_hosts says of a key that a host showed. */
export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'revoked'; readonly line: number }
  /** Other keys of the type are known. */
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  /** Only keys of other types are known. */
  | { readonly kind: 'otherType'; readonly known: readonly KnownHost[] }
  /** A certificate of an authority would be trusted; plain keys are not known. */
  | { readonly kind: 'authorityOnly' }
  | { readonly kind: 'unknown' }

const maxBytes = 1024 * 1024
const maxLines = 10_000

/**
 * Parses known_hosts as OpenSSH writes it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names with `*`, `?` and `!`, `[host]:port`, hashed
 * names, the markers. Throws `KnownHostsInvalid` with the number of the line that is none.
 */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  if (text.length > maxBytes) throw invalid(`it is larger than ${maxBytes} bytes`)
  const lines = text.split('\n')
  if (lines.length > maxLines) throw invalid(`it has more than ${maxLines} lines`)
  return lines.flatMap((line, i) => {
    const content = line.trim()
    return content === '' || content.startsWith('#') ? [] : [parseLine(content, i + 1)]
  })
}

/** `host`, or `[host]:port` for a port other than 22: what a line names. */
export function knownHostName({ host, port }: HostAddress): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** The lines that speak of the host, and all revocations: a key that is revoked for one host is good for none, as in Flux. */
export function linesFor(entries: readonly KnownHost[], address: HostAddress): readonly KnownHost[] {
  const name = knownHostName(address)
  return entries.filter(({ marker, matches }) => marker === 'revoked' || matches(name))
}

/** Holds a key against the lines of its host. */
export function checkHostKey(lines: readonly KnownHost[], key: Buffer): HostKeyVerdict {
  const same = lines.filter((line) => line.key.equals(key))
  const revoked = same.find(({ marker }) => marker === 'revoked')
  if (revoked !== undefined) return { kind: 'revoked', line: revoked.line }
  if (same.some(({ marker }) => marker === 'none')) return { kind: 'known' }
  const plain = lines.filter(({ marker }) => marker === 'none')
  const known = plain.filter(({ type }) => type === keyTypeOf(key))
  if (known.length > 0) return { kind: 'changed', known }
  if (plain.length > 0) return { kind: 'otherType', known: plain }
  return lines.some(({ marker }) => marker === 'authority') ? { kind: 'authorityOnly' } : { kind: 'unknown' }
}

function parseLine(content: string, line: number): KnownHost {
  const fields = content.split(/[ \t]+/)
  const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined
  const [names = '', type = '', encoded = ''] = fields
  if (encoded === '') throw invalid('want names, key type and key', line)
  if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') {
    throw invalid(`unknown marker ${JSON.stringify(remoteText(marker).slice(0, 40))}`, line)
  }
  const key = Buffer.from(encoded, 'base64')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw invalid('the key is not base64', line)
  if (keyTypeOf(key) !== type) throw invalid('the key is not of the type that the line names', line)
  return {
    line,
    marker: marker === '@revoked' ? 'revoked' : marker === '@cert-authority' ? 'authority' : 'none',
    type,
    key,
    matches: parseNames(names, line),
  }
}

function parseNames(names: string, line: number): (name: string) => boolean {
  if (names.startsWith('|')) return hashedName(names, line)
  const patterns = names.split(',').map((pattern) => {
    const negated = pattern.startsWith('!')
    const text = (negated ? pattern.slice(1) : pattern).toLowerCase().replace(/^\[(.*)\]:22$/, '$1')
    return { negated, text }
  })
  return (name) => {
    const hits = patterns.filter(({ text }) => matchesGlob(text, name))
    return hits.length > 0 && hits.every(({ negated }) => !negated)
  }
}

function hashedName(names: string, line: number): (name: string) => boolean {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/]+={0,2})\|([A-Za-z0-9+/]+={0,2})$/.exec(names) ?? []
  if (salt === undefined || hash === undefined) throw invalid('the hashed name is not |1|salt|hash', line)
  const wanted = Buffer.from(hash, 'base64')
  const key = Buffer.from(salt, 'base64')
  if (wanted.length !== 20) throw invalid('the hashed name is no HMAC-SHA1', line)
  return (name) => timingSafeEqual(createHmac('sha1', key).update(name).digest(), wanted)
}

/** `*` and `?` as in file names, in time linear in either text for each `*`. */
function matchesGlob(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0]
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      mark = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

function invalid(why: string, line?: number): GitError {
  return new GitError('KnownHostsInvalid', `known_hosts${line === undefined ? '' : ` line ${line}`}: ${why}`)
}
