// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch, Comment, RawText } from './tree.ts'
import type { Leaf, Value } from './tree.ts'

/** Prints a branch as SOPS does: indented by tabs, ended by a newline, comments left out, strings escaped as by Go. */
export function printJson(branch: Branch): string {
  return `${printValue(branch, '\n')}\n`
}

function printValue(value: Value, newline: string): string {
  if (value === null) return 'null'
  if (value instanceof Branch) return printBranch(value, newline)
  if (Array.isArray(value)) return printMembers('[', ']', newline, listMembers(value as readonly Value[], newline))
  return printLeaf(value as Leaf)
}

function printBranch({ items }: Branch, newline: string): string {
  const members = items.flatMap((item) =>
    'comment' in item ? [] : [`${printText(item.key)}: ${printValue(item.value, `${newline}\t`)}`],
  )
  return printMembers('{', '}', newline, members)
}

function listMembers(values: readonly Value[], newline: string): string[] {
  return values.flatMap((value) => (value instanceof Comment ? [] : [printValue(value, `${newline}\t`)]))
}

function printMembers(open: string, close: string, newline: string, members: readonly string[]): string {
  if (members.length === 0) return open + close
  return `${open}${newline}\t${members.join(`,${newline}\t`)}${newline}${close}`
}

function printLeaf(leaf: Leaf): string {
  if (typeof leaf === 'bigint' || typeof leaf === 'boolean') return String(leaf)
  if (typeof leaf === 'number') return printNumber(leaf)
  if (typeof leaf === 'string') return printText(leaf)
  if (leaf instanceof RawText) return printText(Buffer.from(leaf.bytes).toString('utf8'))
  if (leaf instanceof Uint8Array) return printText(Buffer.from(leaf).toString('base64'))
  return printText(leaf.text)
}

function printNumber(value: number): string {
  if (!Number.isFinite(value)) throw new SopsError('CannotEmit', 'a number without end has no form in JSON')
  return Object.is(value, -0) ? '-0' : String(value)
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

function printText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (mark) => escapes[mark] ?? mark)
}
