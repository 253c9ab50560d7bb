// SPDX-License-Identifier: Apache-2.0

/** A text of at most so many characters; what is cut off is marked by an ellipsis. Never cuts a character in two. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text
    .slice(0, most - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}
