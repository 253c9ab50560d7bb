// SPDX-License-Identifier: Apache-2.0
import { CelError } from '../errors.ts'
import type { Problem } from '../errors.ts'

/** An expression as text, and how errors point into it. */
export class Source {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** A problem at an offset. */
  problem(at: number, message: string): Problem {
    const before = this.text.slice(0, at)
    const start = before.lastIndexOf('\n') + 1
    return { line: before.split('\n').length, column: Array.from(before.slice(start)).length + 1, message }
  }

  /** The problems as one error, in the form in which cel-go shows them: place, line and a mark under the column. */
  error(problems: readonly Problem[]): CelError {
    const lines = this.text.split('\n')
    const shown = problems.map(({ line, column, message }) => {
      const source = (lines[line - 1] ?? '').replaceAll('\t', ' ')
      const mark = `${Array.from(source)
        .slice(0, column - 1)
        .map(markUnder)
        .join('')}^`
      return `ERROR: <input>:${line}:${column}: ${message}\n | ${source}\n | ${mark}`
    })
    return new CelError('InvalidExpression', shown.join('\n'), { details: { problems } })
  }
}

function markUnder(character: string): string {
  return (character.codePointAt(0) ?? 0) > 0x7f ? '．' : '.'
}
