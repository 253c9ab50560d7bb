// SPDX-License-Identifier: Apache-2.0

const mask = '*****'
// bounded, as everything here: texts of strangers come through, and a search that starts anew at each character must end soon
const url = /([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s'"<>]+)/gi
/** What ends a URL in a sentence and is none of it. */
const afterUrl = '.,:;)]'
/** Query values of a remote base, which say what was asked for. */
const plainQuery = new Set(['ref', 'version', 'submodules', 'timeout', 'depth'])
/** Longer texts are cut: nobody reads them, and a search in a text of millions of characters can run out of stack. */
const maxLength = 256 * 1024
const cutMark = ' … (cut)'
const authorization = /\b(bearer|basic|token)\s+([A-Za-z0-9._~+/=-]{8,})/gi
/** What follows these words in sentences, and is no credential. */
const prose = new Set([
  'authentication',
  'authorization',
  'credentials',
  'signature',
  'verification',
  'validation',
  'endpoint',
  'exchange',
])
/** A value that is hidden already, with what ends it. */
const masked = /^\*{5}[.,:;)\]]*$/
const maxNameLength = 600
const inName = /[\w./-]/
// not `Kind=Secret: error …`, with which the API server begins
const assignment =
  /(?<!\bKind=)\b(password|passwd|secret|token|api[-_]?key|access[-_]?key|client[-_]?secret)(["']?\s*[:=]\s*["']?)([^\s"',;&]+)/gi

/**
 * Hides what may be a secret in a text that leaves the process: user information and queries of URLs, authorization
 * values, and `password=…`-like assignments. Texts of more than 256 Ki characters are cut. Idempotent.
 */
export function redact(text: string): string {
  return bounded(text)
    .replace(url, (whole) => {
      let end = whole.length
      while (end > 0 && afterUrl.includes(whole.charAt(end - 1))) end--
      return `${redactUrl(whole.slice(0, end))}${whole.slice(end)}`
    })
    .replace(authorization, (whole, scheme: string, value: string, at: number, all: string) =>
      prose.has(value) || isInName(all, at) ? whole : `${scheme} ${mask}`,
    )
    .replace(assignment, (whole, name: string, between: string, value: string, at: number, all: string) => {
      const isLeft = masked.test(value) || (between === ': ' && isInName(all, at))
      return isLeft ? whole : `${name}${between}${mask}`
    })
}

/** Whether a place is in the name of an object, such as `Secret/apps/my-token`; a JSON pointer (`/data/token`) is none. */
function isInName(text: string, at: number): boolean {
  let start = at
  while (start > 0 && at - start < maxNameLength && inName.test(text.charAt(start - 1))) start--
  return text.charAt(start) !== '/' && text.slice(start, at).includes('/')
}

/**
 * Hides the user information (a token may stand in either half) and the query values of a URL, or of a list of them; host, path, and
 * what a query of Kustomize's asks for (`ref`, …) stay readable.
 */
export function redactUrl(text: string): string {
  return bounded(text)
    .replace(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^/?#]*@/gi, `$1${mask}@`)
    .replace(/\?[^#]*/, (query) => query.split('&').map(redactParameter).join('&'))
}

function bounded(text: string): string {
  return text.length <= maxLength ? text : text.slice(0, maxLength - cutMark.length) + cutMark
}

function redactParameter(text: string): string {
  const at = text.indexOf('=')
  const from = text.lastIndexOf('?', at) + 1
  return at < from || plainQuery.has(text.slice(from, at)) ? text : `${text.slice(0, at)}=${mask}`
}
