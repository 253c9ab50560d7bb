// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch, Comment, leafText, RawText } from './tree.ts'
import type { Item, Leaf } from './tree.ts'

/** Reads lines of `NAME=value`; `\n` in a value stands for a line break. Throws `Malformed` with the number of the line. */
export function parseDotenv(text: string): Branch {
  const items = text.split('\n').flatMap((line, index): Item[] => {
    if (line === '') return []
    if (line.startsWith('#')) return [{ comment: new Comment(line.slice(1)) }]
    const at = line.indexOf('=')
    if (at < 0) throw new SopsError('Malformed', `line ${index + 1} of the dotenv file has no equals sign`)
    return [{ key: line.slice(0, at), value: line.slice(at + 1).replaceAll('\\n', '\n') }]
  })
  return new Branch(items)
}

/** Prints a branch of plain values. Throws `CannotEmit` for a list or a mapping, naming its key. */
export function printDotenv({ items }: Branch): Uint8Array {
  const lines = items.map((item) => {
    if ('comment' in item) return Buffer.from(`#${item.comment.text}\n`)
    const { key, value } = item
    return Buffer.concat([
      Buffer.from(`${key}=`),
      Buffer.from(printValue(key, value as Leaf | null)),
      Buffer.from('\n'),
    ])
  })
  return Buffer.concat(lines)
}

function printValue(key: string, value: Leaf | null): string | Uint8Array {
  if (value === null) return '<nil>'
  if (value instanceof Branch || Array.isArray(value))
    throw new SopsError('CannotEmit', `'${key}' is a list or a mapping, which a dotenv file cannot hold`)
  if (value instanceof Comment) return value.text
  if (value instanceof RawText)
    return Buffer.from(Buffer.from(value.bytes).toString('latin1').replaceAll('\n', '\\n'), 'latin1')
  return typeof value === 'string' ? value.replaceAll('\n', '\\n') : leafText(value)
}
