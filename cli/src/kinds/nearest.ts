// SPDX-License-Identifier: Apache-2.0

/** ` (Did you mean X?)` for the word that is nearest to a mistyped one; empty where none is near. */
export function nearest(text: string, words: readonly string[]): string {
  const scored = words.map((word) => ({ word, steps: distance(text.toLowerCase(), word.toLowerCase()) }))
  const [best] = scored.toSorted((a, b) => a.steps - b.steps)
  return best !== undefined && best.steps <= Math.max(2, Math.floor(text.length / 3))
    ? ` (Did you mean ${best.word}?)`
    : ''
}

/** Letters to insert, delete, replace or swap with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let steps = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        steps = Math.min(steps, (before[j - 2] ?? 0) + 1)
      next.push(steps)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
