// SPDX-License-Identifier: Apache-2.0

/** A Markdown table. */
export function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n')
}

/**
 * The text with what stands between `<!-- name: generated -->` and `<!-- name: end -->` replaced. Throws when the two marks are
 * not there, each once and in this order.
 */
export function replaceSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: generated -->\n`, `<!-- ${name}: end -->`]
  const [head, tail, ...furtherHeads] = text.split(begin)
  const [old, rest, ...furtherTails] = tail?.split(end) ?? []
  if (old === undefined || rest === undefined || furtherHeads.length + furtherTails.length > 0)
    throw new Error(`the marks '${begin.trim()}' and '${end}' must stand in the file once, in this order`)
  return `${head}${begin}${content}\n${end}${rest}`
}
