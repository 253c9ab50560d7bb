// SPDX-License-Identifier: Apache-2.0

/** One challenge of a WWW-Authenticate header: scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

const maxHeaderLength = 16 * 1024
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const parameter = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y
const separators = /[ \t,]*/y
const token68 = /[0-9A-Za-z._~+/-]+=*(?=[ \t]*(?:,|$))/y

/**
 * Reads the challenges of a WWW-Authenticate header (RFC 9110, 11.6.1), also several in one header, as registries send them.
 * What cannot be read ends the list: never throws.
 */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  const text = (header ?? '').slice(0, maxHeaderLength)
  const challenges: Challenge[] = []
  let at = skip(text, 0)
  while (at < text.length) {
    const scheme = match(token, text, at)
    if (scheme === undefined) break
    at = skip(text, at + scheme[0].length)
    const read = readParameters(text, at)
    at = read.end
    challenges.push({ scheme: scheme[0].toLowerCase(), parameters: read.parameters })
  }
  return challenges
}

function readParameters(text: string, start: number): { parameters: Map<string, string>; end: number } {
  const parameters = new Map<string, string>()
  let at = start
  for (;;) {
    const found = match(parameter, text, at)
    if (found === undefined) break
    const [whole, name = '', quoted, plain = ''] = found
    parameters.set(name.toLowerCase(), quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'))
    at = skip(text, at + whole.length)
  }
  const data = parameters.size === 0 ? match(token68, text, at) : undefined
  // a scheme of the next challenge looks like data, but is followed by more than a comma
  if (data !== undefined && /[=/+]/.test(data[0])) at = skip(text, at + data[0].length)
  return { parameters, end: at }
}

function skip(text: string, at: number): number {
  return at + (match(separators, text, at)?.[0].length ?? 0)
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}
