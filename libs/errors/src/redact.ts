// SPDX-License-Identifier: Apache-2.0

const mask = '*****'
const url = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s'"<>]+)/gi
const authorization = /\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{8,}/gi
const assignment =
  /\b(password|passwd|secret|token|api[-_]?key|access[-_]?key|client[-_]?secret)(["']?\s*[:=]\s*["']?)([^\s"',;&]+)/gi

/**
 * Hides what may be a secret in a text that leaves the process: user information and queries of URLs, authorization
 * values, and `password=…`-like assignments. Idempotent.
 */
export function redact(text: string): string {
  return text
    .replace(url, (whole) => redactUrl(whole))
    .replace(authorization, (_whole, scheme: string) => `${scheme} ${mask}`)
    .replace(assignment, (_whole, name: string, between: string) => `${name}${between}${mask}`)
}

/** Hides the user information (a token may stand in either half) and every query value of a URL, or of a list of them; host and path stay readable. */
export function redactUrl(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/gi, `$1${mask}@`)
    .replace(/\?[^#]*/, (query) => query.replace(/=([^&]*)/g, `=${mask}`))
}
