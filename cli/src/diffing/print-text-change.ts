// SPDX-License-Identifier: Apache-2.0
import { diffLines } from 'diff'
import type colorSet from 'picocolors'
import { visible } from './visible.ts'

/** The colours of picocolors, on or off. */
export type Colors = ReturnType<typeof colorSet.createColors>

/** Lines of equal text that are shown before and after a change. */
const contextLines = 2
/** Beyond so many edits a line by line comparison takes long and says little. */
const maxEdits = 4000

/** A text that became another, as lines: one each, or line by line where a text has several. */
export function printTextChange(from: string, to: string, colors: Colors): readonly string[] {
  if (isWhitespaceOnly(from, to))
    return [
      colors.yellow('± whitespace only change'),
      ...block('-', showWhitespace(from)).map((line) => colors.red(line)),
      ...block('+', showWhitespace(to)).map((line) => colors.green(line)),
    ]
  if (from.includes('\n') || to.includes('\n')) return printLines(from, to, colors)
  return [colors.yellow('± value change'), ...printOneLine(visible(from), visible(to), colors)]
}

/** Both texts, with what is not common to their beginnings and ends in bold. */
function printOneLine(from: string, to: string, colors: Colors): readonly string[] {
  const [before, after] = [Array.from(from), Array.from(to)]
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const marked = (text: readonly string[]): string => {
    const middle = text.slice(start, text.length - end).join('')
    if (start + end < shorter / 2) return text.join('')
    return text.slice(0, start).join('') + colors.bold(middle) + text.slice(text.length - end).join('')
  }
  return [colors.red(`- ${marked(before)}`), colors.green(`+ ${marked(after)}`)]
}

function isWhitespaceOnly(from: string, to: string): boolean {
  return from.replaceAll(/\s/gu, '') === to.replaceAll(/\s/gu, '')
}

function showWhitespace(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\t', '→').replaceAll('\r', '␍').replaceAll('\n', '↵\n')
}

function block(sign: string, text: string): string[] {
  return linesOf(text).map((line, index) => `${index === 0 ? sign : ' '} ${visible(line)}`)
}

function linesOf(text: string): string[] {
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
}

function printLines(from: string, to: string, colors: Colors): readonly string[] {
  const parts = diffLines(from, to, { maxEditLength: maxEdits }) ?? [
    { value: from, added: false, removed: true },
    { value: to, added: true, removed: false },
  ]
  const inserts = parts.filter(({ added }) => added).length
  const deletions = parts.filter(({ removed }) => removed).length
  const title = `± value change in multiline text (${plural(inserts, 'insert')}, ${plural(deletions, 'deletion')})`
  const lines = parts.flatMap(({ value, added, removed }, index) => {
    const own = linesOf(value).map((line) => visible(line))
    if (added) return own.map((line) => colors.green(`+ ${line}`))
    if (removed) return own.map((line) => colors.red(`- ${line}`))
    return context(own, index > 0, index < parts.length - 1).map((line) => colors.dim(`  ${line}`.trimEnd()))
  })
  return [colors.yellow(title), ...lines]
}

/** The ends of equal text that stand beside a change, and how much is left out. */
function context(lines: readonly string[], before: boolean, after: boolean): readonly string[] {
  const head = before ? contextLines : 0
  const tail = after ? contextLines : 0
  const hidden = lines.length - head - tail
  if (hidden <= 1) return lines
  const note = `[${plural(hidden, 'line')} unchanged]`
  return [...lines.slice(0, head), note, ...(tail === 0 ? [] : lines.slice(-tail))]
}

function plural(count: number, noun: string): string {
  return `${count === 1 ? 'one' : count} ${noun}${count === 1 ? '' : 's'}`
}
