// SPDX-License-Identifier: Apache-2.0

const LINES = 8
const LINE_LENGTH = 300
const STACK = /^goroutine \d+ \[/m

/** What a program of Go said before it ended: the last lines of its log, without the stack that a panic leaves behind them. */
export function lastWords(log: string): string {
  const stack = log.search(STACK)
  const said = stack === -1 ? log : log.slice(0, stack)
  return said
    .trimEnd()
    .split('\n')
    .slice(-LINES)
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line))
    .join('\n')
}
