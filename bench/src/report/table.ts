// SPDX-License-Identifier: Apache-2.0

/**
 * A Markdown table whose columns line up. Columns of words (by index; the first, unless said otherwise) are set to the left, all others
 * to the right. Cells that a row lacks are empty.
 */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  words: readonly number[] = [0],
): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, words.includes(column))).join(' | ')} |`
  const rule = widths.map((width, column) => (words.includes(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

function pad(text: string, width: number, isWord: boolean): string {
  return isWord ? text.padEnd(width) : text.padStart(width)
}
