// SPDX-License-Identifier: Apache-2.0

const warning = /\b299 \S+ "((?:[^"\\]|\\.)*)"/g

/** The texts of Warning headers (RFC 7234, code 299 as the API server sends). Anything else in the header is skipped. */
export function parseWarnings(header: string | readonly string[] | undefined): string[] {
  if (header === undefined) return []
  const joined = typeof header === 'string' ? header : header.join(', ')
  return [...joined.matchAll(warning)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'))
}
