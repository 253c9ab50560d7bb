// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '@tidelock/errors'
import { GitError } from '../git-error.ts'

/** `user@host:path`, with nothing that could be an option, a path or a helper's address. */
const scpLike = /^(?:([A-Za-z0-9_.][A-Za-z0-9_.-]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*):([^\s:\\].*)$/
const maxLength = 2048

/**
 * The address of a submodule. One that begins with `./` or `../` counts from that of the repository around it, as in Git. Only
 * `http`, `https` and `ssh` are let through: no local path, `file://`, `git://`, or `helper::address` (Git would run a program for that).
 * Throws `InvalidUrl`.
 */
export function resolveSubmoduleUrl(parent: string, url: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (url.length > maxLength || /[\u0000-\u0020\u007f]/.test(url))
    throw refuse(url, 'it has spaces or control characters')
  if (/^\.\.?(?:\/|$)/.test(url)) return relative(parent, url)
  if (/^[A-Za-z0-9+.-]*::/.test(url)) throw refuse(url, 'addresses of helpers are not followed')
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url)) return absolute(url)
  const [, user, host, path] = scpLike.exec(url) ?? []
  if (host === undefined || path === undefined) throw refuse(url, 'it is a path on this machine')
  return absolute(`ssh://${user === undefined ? '' : `${user}@`}${host}/${path.replace(/^\/+/, '')}`)
}

function relative(parent: string, url: string): string {
  const base = new URL(parent)
  const parts = base.pathname.split('/').filter((part) => part !== '')
  for (const part of url.split('/')) {
    if (part === '..' && parts.pop() === undefined) throw refuse(url, 'it leads beyond the root of the server')
    if (part !== '' && part !== '.' && part !== '..') parts.push(part)
  }
  base.pathname = `/${parts.join('/')}`
  base.search = ''
  base.hash = ''
  return base.href
}

function absolute(url: string): string {
  const parsed = URL.parse(url)
  if (!/^(?:https?|ssh):/i.test(url)) throw refuse(url, 'want http, https or ssh')
  if (parsed === null || parsed.hostname === '') throw refuse(url, 'it cannot be read')
  if (parsed.hostname.startsWith('-') || parsed.username.startsWith('-')) throw refuse(url, 'it looks like an option')
  return parsed.href
}

function refuse(url: string, why: string): GitError {
  return new GitError('InvalidUrl', `the address '${redactUrl(url.slice(0, 200))}' is not allowed: ${why}`)
}

/** Whether two addresses lead to the same server by the same way: only there credentials may go along. */
export function isSameServer(one: string, other: string): boolean {
  const [first, second] = [new URL(one), new URL(other)]
  return first.protocol === second.protocol && first.host === second.host
}
