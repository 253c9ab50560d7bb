// SPDX-License-Identifier: Apache-2.0
import { GitError } from '../git-error.ts'

/** Whom to connect to, and the repository there. */
export interface SshAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  /** As the server is to see it. */
  readonly path: string
}

/** Takes an ssh:// URL apart: `git` is the user where it names none, and `/~user/x` is `~user/x`, as git does. Throws `InvalidUrl`. */
export function parseSshAddress(url: URL): SshAddress {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (host === '' || host.startsWith('-')) throw new GitError('InvalidUrl', 'the URL names no host')
  const path = decode(url.pathname)
  if (path === '' || path === '/') throw new GitError('InvalidUrl', 'the URL names no repository')
  return {
    host,
    port: url.port === '' ? 22 : Number(url.port),
    user: decode(url.username) || 'git',
    path: path.startsWith('/~') ? path.slice(1) : path,
  }
}

/** The command that serves a repository, for the shell of the server. */
export function uploadPackCommand(path: string): string {
  return `git-upload-pack '${path.replace(/['!]/g, String.raw`'\$&'`)}'`
}

function decode(text: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    throw new GitError('InvalidUrl', 'the URL has a percent sign that starts no escape: write %25')
  }
  // oxlint-disable-next-line no-control-regex -- what a shell or a log could take for more than a name
  if (/[\u0000-\u001f\u007f]/.test(decoded)) throw new GitError('InvalidUrl', 'the URL has control characters')
  return decoded
}
