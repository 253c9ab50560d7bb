// SPDX-License-Identifier: Apache-2.0

/** Rows in columns as flux prints them: padded, with tabs between; a cell of several lines takes as many. */
export function formatFluxTable(header: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const head = header?.map((title) => title.toUpperCase())
  const lines = rows.flatMap(toLines)
  const widths: number[] = []
  for (const row of head === undefined ? lines : [head, ...lines])
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, widthOf(cell))))
  const pad = (row: readonly string[]): readonly string[] =>
    row.map((cell, column) => `${cell}${' '.repeat((widths[column] ?? 0) - widthOf(cell))}`)
  // flux ends the header with a blank and each row with a tab
  const first = head === undefined ? '' : `${pad(head).join('\t')} \n`
  return `${first}${lines.map((row) => `${pad(row).join('\t')}\t\n`).join('')}`
}

function toLines(row: readonly string[]): readonly (readonly string[])[] {
  const cells = row.map((cell) => cell.split('\n'))
  const height = Math.max(...cells.map((cell) => cell.length))
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''))
}

function widthOf(text: string): number {
  return Array.from(text).length
}
