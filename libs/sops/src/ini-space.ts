// SPDX-License-Identifier: Apache-2.0

/** What Go's `unicode.IsSpace` takes as space: JavaScript's, with U+0085 and without the byte order mark. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+'
const atStart = new RegExp(`^${space}`)
const oneSpace = new RegExp(space)

/** The text without space at its start. */
export function trimStart(text: string): string {
  if (isNoSpace(text.charCodeAt(0))) return text
  return text.replace(atStart, '')
}

/** The text without space at both ends. */
export function trim(text: string): string {
  const rest = trimStart(text)
  let end = rest.length
  // a pattern that is bound to the end would be tried at each space of the text
  while (end > 0 && !isNoSpace(rest.charCodeAt(end - 1)) && oneSpace.test(rest.charAt(end - 1))) end--
  return rest.slice(0, end)
}

/** The quick answer for most characters. */
function isNoSpace(code: number): boolean {
  return code > 0x20 && code < 0x80
}
