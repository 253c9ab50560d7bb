// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { trim } from './ini-space.ts'
import { Branch, Comment, leafText } from './tree.ts'
import type { Leaf, Value } from './tree.ts'

interface Entry {
  readonly name: string
  text: string
  comment: string
}

/**
 * Prints sections as Go's `ini.v1` does for SOPS: keys of a section aligned, an empty line between sections, values quoted where they
 * would not be read back. Throws `CannotEmit` for anything but sections of plain values.
 */
export function printIni({ items }: Branch): Uint8Array {
  const sections = items.flatMap((item) => ('comment' in item ? [] : [item]))
  const blocks = sections.map(({ key, value }, index) => {
    if (!(value instanceof Branch))
      throw new SopsError('CannotEmit', `'${key}' is no section, and an INI file holds sections only`)
    const { comment, entries } = toEntries(value)
    const isHead = index === 0 && key.toUpperCase() === 'DEFAULT'
    if (isHead && entries.length === 0) return commentLines(comment, asIs)
    const header = isHead ? '' : toBytes(`[${key}]\n`)
    const gap = index === sections.length - 1 ? '' : '\n'
    return commentLines(comment, asIs) + header + printEntries(entries) + gap
  })
  return Buffer.from(blocks.join(''), 'latin1')
}

/** Texts are held as one character a byte, since a decrypted value need not be UTF-8. */
function toEntries(section: Branch): { comment: string; entries: readonly Entry[] } {
  let comment = ''
  const entries = new Map<string, Entry>()
  let last: Entry | undefined
  section.items.forEach((item, index) => {
    if ('comment' in item) {
      if (index === 0) comment = item.comment.text
      else if (last !== undefined) last.comment = item.comment.text
      return
    }
    const name = toBytes(item.key)
    const text = toText(item.key, item.value)
    last = entries.get(name) ?? { name, text, comment: '' }
    last.text = text
    entries.set(name, last)
  })
  return { comment, entries: [...entries.values()] }
}

function toText(key: string, value: Value): string {
  if (value === null) return '<nil>'
  if (value instanceof Branch || Array.isArray(value))
    throw new SopsError('CannotEmit', `'${key}' is a list or a mapping, which an INI file cannot hold`)
  const leaf = value as Leaf
  return toBytes(leaf instanceof Comment ? leaf.text : leafText(leaf))
}

function toBytes(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString('latin1')
}

function printEntries(entries: readonly Entry[]): string {
  const width = Math.max(0, ...entries.map(({ name }) => quoteName(name).length))
  return entries
    .map(({ name, text, comment }) => `${commentLines(comment)}${quoteName(name).padEnd(width)} = ${quoteText(text)}\n`)
    .join('')
}

const asIs = (line: string): string => line

function quoteName(name: string): string {
  if (/["=:]/.test(name)) return `\`${name}\``
  return name.includes('`') ? `"""${name}"""` : name
}

function quoteText(text: string): string {
  if (/[\n`]/.test(text)) return `"""${text}"""`
  if (/[#;]/.test(text)) return `\`${text}\``
  const decoded = Buffer.from(text, 'latin1').toString('utf8')
  return trim(decoded) === decoded ? text : `"${text}"`
}

/** Of a section an unmarked line stays as it is; of a key it loses the space around. */
function commentLines(comment: string, tidy: (line: string) => string = trim): string {
  if (comment === '') return ''
  const lines = comment.split('\n').map((line) => {
    const isMarked = /^[#;]/.test(line)
    return isMarked ? `${line.slice(0, 1)} ${trim(line.slice(1))}\n` : `; ${tidy(line)}\n`
  })
  return toBytes(lines.join(''))
}
