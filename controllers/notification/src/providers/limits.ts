// SPDX-License-Identifier: Apache-2.0

/** A text of at most so many characters; what is cut off is marked by an ellipsis. Never cuts a character in two. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text
    .slice(0, most - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}

/** What a service shows of the metadata, in UTF-16 units. */
interface MetadataLimits {
  /** Entries. */
  readonly entries: number
  readonly key: number
  readonly value: number
  /** Keys and values together. */
  readonly total: number
}

/** As many entries as fit, in their order, none of them empty; what is longer than a key or value may be is cut. */
export function fittingEntries(
  entries: Iterable<readonly [string, string]>,
  limits: MetadataLimits,
): readonly (readonly [string, string])[] {
  const kept: (readonly [string, string])[] = []
  let left = limits.total
  for (const [key, value] of entries) {
    if (kept.length === limits.entries) break
    if (key === '' || value === '') continue
    const entry = [shorten(key, limits.key), shorten(value, limits.value)] as const
    const size = entry[0].length + entry[1].length
    if (size > left) continue
    left -= size
    kept.push(entry)
  }
  return kept
}

/** The JSON of a message with as much of its text as fits: a character takes one byte to six. */
export function fittingJson(
  text: string,
  most: { readonly bytes: number; readonly characters: number },
  make: (text: string) => object,
): string {
  for (let { characters } = most; ; characters = Math.floor(characters / 2)) {
    const body = JSON.stringify(make(shorten(text, characters)))
    if (Buffer.byteLength(body) <= most.bytes || characters <= 1) return body
  }
}
