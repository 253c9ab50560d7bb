// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '@tidelock/errors'
import { createHttpClient, type HttpClient, urlCredentials } from '@tidelock/http'
import { describeFailure } from './failure.ts'
import { GitError } from './git-error.ts'
import { SmartHttp } from './smart-http.ts'
import { SshTransport } from './ssh/ssh-transport.ts'
import type { Transport } from './transport.ts'
import type { GitLimits, GitRemoteOptions } from './types.ts'

/** The way that a repository's URL asks for; no contact yet. Throws a `GitError` for what cannot work. */
export function openTransport(options: GitRemoteOptions, limits: GitLimits): Transport {
  const url = URL.parse(options.url)
  if (url?.protocol === 'ssh:') return openSsh(url, options, limits)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new GitError('InvalidUrl', `invalid URL '${redactUrl(options.url)}': want http://, https:// or ssh://`)
  }
  const basic = urlCredentials(url)
  const auth = options.auth ?? (basic === undefined ? {} : { basic })
  const { http, clock } = options
  const client = http ?? openHttpClient(options)
  return new SmartHttp({ client, isShared: http !== undefined, url, auth, limits, clock })
}

function openSsh(url: URL, options: GitRemoteOptions, limits: GitLimits): Transport {
  const { ssh, proxy, clock, timeoutMs } = options
  try {
    if (ssh === undefined) throw new GitError('IdentityInvalid', 'ssh: no private key was given')
    return new SshTransport({ url, ssh, proxy, limits, clock, timeoutMs })
  } catch (error) {
    throw describeFailure(error, options.url)
  }
}

/** What a client for repositories is made of. */
export type GitHttpOptions = Pick<GitRemoteOptions, 'url' | 'tls' | 'proxy' | 'timeoutMs' | 'userAgent'> & {
  /** How long a connection is kept that nothing is sent on. */
  readonly idleMs?: number
}

/**
 * A client for repositories, to be shared by remotes with the same server and access (`GitRemoteOptions.http`); the owner closes it.
 * Throws a `GitError` for TLS material or a proxy that cannot be used.
 */
export function openHttpClient(options: GitHttpOptions): HttpClient {
  const { userAgent = 'git/tidelock', timeoutMs, idleMs, tls, proxy } = options
  try {
    return createHttpClient({
      userAgent,
      // a server may count objects for long without a word: only the limit on the whole operation ends that
      timeouts: { headersMs: timeoutMs, bodyMs: timeoutMs, ...(idleMs === undefined ? {} : { idleMs }) },
      ...tls,
      ...(proxy === undefined ? {} : { proxy }),
    })
  } catch (error) {
    throw describeFailure(error, options.url)
  }
}
