// SPDX-License-Identifier: Apache-2.0

const gap = '   '

/** Rows in columns as kubectl prints them: left-aligned, three blanks between, none at the end of a line. */
export function formatTable(header: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const all = header === undefined ? rows : [header, ...rows]
  const widths: number[] = []
  for (const row of all) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join(gap)
          .trimEnd()}\n`,
    )
    .join('')
}
