// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { GitError } from '../git-error.ts'
import { remoteText } from '../remote-text.ts'
import type { OfferedAlgorithms } from './algorithms.ts'
import { fingerprint, keyTypeOf } from './host-key.ts'
import type { SshIdentity } from './identity.ts'
import { checkHostKey, type HostAddress, knownHostName, type KnownHost, linesFor } from './known-hosts.ts'
import type { SshAddress } from './ssh-address.ts'

interface Attempt {
  readonly address: SshAddress
  readonly identity: SshIdentity
  readonly algorithms: OfferedAlgorithms
}

/** What ssh2 reports, in words that users of ssh know. */
export function connectionFailure(error: Error & { level?: string }, attempt: Attempt): GitError {
  const { address, identity, algorithms } = attempt
  const where = `${address.user}@${address.host}`
  if (error.level === 'client-authentication') {
    const message = `ssh: ${where}: Permission denied (publickey): the server does not accept the key ${identity.name}`
    return new GitError('AuthenticationFailed', message, { cause: error })
  }
  const said = remoteText(errorMessage(error))
  if (/no matching key exchange algorithm/i.test(said)) return noMatch('key exchange', algorithms.kex, error)
  if (/no matching host key (format|algorithm)/i.test(said)) return noMatch('host key', algorithms.serverHostKey, error)
  const code = error.level === 'client-socket' || isSystem(error) ? 'Unreachable' : 'ProtocolError'
  return new GitError(code, `ssh: handshake or connection with ${address.host} port ${address.port} failed`, {
    cause: new Error(said, { cause: error }),
  })
}

/** Throws `HostKeyRejected` unless known_hosts has the key for the host. */
export function requireKnownHost(entries: readonly KnownHost[], address: HostAddress, key: Buffer): void {
  const verdict = checkHostKey(linesFor(entries, address), key)
  if (verdict.kind === 'known') return
  const name = knownHostName(address)
  const shown = `it shows ${keyTypeOf(key) ?? 'no key'} ${fingerprint(key)}`
  const scan = `ssh-keyscan${address.port === 22 ? '' : ` -p ${address.port}`} ${address.host}`
  const fail = (why: string): GitError => new GitError('HostKeyRejected', `ssh: host key verification failed: ${why}`)
  switch (verdict.kind) {
    case 'revoked':
      throw fail(`the key of ${name} is revoked by line ${verdict.line} of known_hosts: ${shown}`)
    case 'changed': {
      const known = verdict.known.map((each) => `${fingerprint(each.key)} (line ${each.line})`).join(', ')
      throw fail(
        `the key of ${name} has changed: ${shown}, known_hosts has ${known}; if the change is meant, replace that by the output of '${scan}'`,
      )
    }
    case 'otherType': {
      const known = [...new Set(verdict.known.map(({ type }) => type))].join(', ')
      throw fail(
        `known_hosts has only ${known} keys of ${name}, ${shown}; add the output of '${scan}' after comparing it`,
      )
    }
    case 'authorityOnly':
      throw fail(
        `known_hosts trusts ${name} through @cert-authority alone, and host certificates are not supported; add the host's own key: ${shown}`,
      )
    case 'unknown':
      throw fail(`known_hosts has no key of ${name}: ${shown}; compare that and add the output of '${scan}'`)
  }
}

/** What the server said on its error output, when it did not do what was asked. */
export function serverFailure(words: string): GitError {
  const missing =
    /\b(repository|project|repo)\b.*\bnot\b.*\b(found|exist)|does not (exist|appear to be a git repository)|could not be found/i
  if (missing.test(words)) return new GitError('RepositoryNotFound', `repository not found: ${words}`)
  if (/permission denied|access denied|not authori[sz]ed|unauthori[sz]ed|no access/i.test(words)) {
    return new GitError('AuthenticationFailed', `the server said: ${words}`)
  }
  return new GitError('ProtocolError', `the server said: ${words}`, { details: { remote: true } })
}

function noMatch(what: string, offered: readonly string[], cause: Error): GitError {
  const hint = what === 'host key' ? ', for which known_hosts has keys or which were chosen' : ''
  const message = `ssh: no common ${what} algorithm: the server has none of ${offered.join(', ')}${hint}`
  return new GitError('ProtocolError', message, { cause })
}

function isSystem(error: Error): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string'
}
