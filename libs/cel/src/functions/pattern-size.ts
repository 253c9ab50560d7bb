// SPDX-License-Identifier: Apache-2.0

/** What a regular expression comes to when its repetitions are written out. */
export interface PatternSize {
  /** Single characters and classes, repeated ones as often as they may repeat. */
  readonly steps: number
  /** Unicode classes (`\pL`), which take the longest to compile. */
  readonly classes: number
}

const repetition = /^\{(\d{1,4})(,(\d{0,4}))?\}/

/**
 * Measures a regular expression without compiling it, in time linear in its length: compiling is what repetitions make expensive. Too
 * large rather than too small where the expression is none.
 */
export function measurePattern(pattern: string): PatternSize {
  /** Steps of the groups that are open, the innermost last, and of what a repetition would repeat. */
  const open: number[] = [0]
  let last = 0
  let classes = 0
  const add = (steps: number): void => {
    last = steps
    open[open.length - 1] = (open.at(-1) ?? 0) + steps
  }
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]
    const repeated = character === '{' ? repetition.exec(pattern.slice(at, at + 12)) : null
    if (repeated !== null) {
      const [text, least, , most = ''] = repeated
      add(last * Math.max(0, Math.max(Number(least), Number(most)) - 1))
      at += text.length - 1
    } else if (character === '(') {
      open.push(0)
    } else if (character === ')' && open.length > 1) {
      const inner = open.pop() ?? 0
      add(inner)
    } else if (character === '\\') {
      at++
      if (/^[pP]$/.test(pattern[at] ?? '')) classes++
      add(1)
    } else add(1)
  }
  return { steps: open.reduce((sum, steps) => sum + steps, 0), classes }
}
