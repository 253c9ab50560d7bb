// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch, Comment, RawText, Timestamp } from './tree.ts'
import type { Item, Leaf, Value } from './tree.ts'

/** A node of a YAML text: `readYaml` and `printYaml` of `@tidelock/kustomize-wasm` speak of such. */
export interface YamlNode {
  readonly kind: string
  readonly value?: string
  readonly items?: readonly YamlNode[]
  readonly head?: string
  readonly line?: string
  readonly foot?: string
}

/** Reads and prints YAML as Go does, comments included: SOPS' own output is to be met to the byte. */
export interface YamlCodec {
  /** The documents of a text. Throws without quoting the text, with the code `InvalidYaml` where it is no YAML. */
  readYaml(text: string, signal: AbortSignal): Promise<readonly YamlNode[]>
  /** One text of documents, each given as the mapping at its root. */
  printYaml(documents: readonly YamlNode[], signal: AbortSignal): Promise<string>
}

/** A document as a branch. Throws `Malformed` for what is no mapping, and for keys that are no texts. */
export function branchOf(document: YamlNode): Branch {
  return new Branch(rootItems(document, false))
}

function rootItems(node: YamlNode, commentsTaken: boolean): readonly Item[] {
  const own = commentsTaken ? [] : [...comments(node.head), ...comments(node.line)]
  const foot = commentsTaken ? [] : comments(node.foot)
  return [...own, ...membersOf(node), ...foot]
}

function membersOf(node: YamlNode): readonly Item[] {
  const [first, ...others] = node.items ?? []
  switch (node.kind) {
    case 'document':
    case 'alias':
      return first === undefined ? [] : rootItems(first, false)
    case 'map':
      return first === undefined ? [] : mapItems([first, ...others])
    case 'null':
      return []
    default:
      throw new SopsError('Malformed', 'a YAML document is no mapping')
  }
}

function mapItems(nodes: readonly YamlNode[]): readonly Item[] {
  const items: Item[] = []
  for (let at = 0; at + 1 < nodes.length; at += 2) {
    const [key, value] = [nodes[at], nodes[at + 1]] as [YamlNode, YamlNode]
    if (key.kind !== 'str') throw new SopsError('Malformed', 'a key of the YAML file is no text')
    const isPlain = isScalar(value) || value.kind === 'alias'
    items.push(...comments(key.head), ...comments(key.line))
    if (isPlain) items.push(...comments(value.head), ...comments(value.line, true))
    items.push({ key: key.value ?? '', value: toValue(value, isPlain) })
    if (isPlain) items.push(...comments(value.foot))
    items.push(...comments(key.foot))
  }
  return items
}

function toValue(node: YamlNode, commentsTaken: boolean): Value {
  if (node.kind === 'map') return new Branch(rootItems(node, commentsTaken))
  if (node.kind === 'list') return listValues(node, commentsTaken)
  if (node.kind === 'alias') return node.items?.[0] === undefined ? null : toValue(node.items[0], false)
  return toLeaf(node)
}

function listValues(node: YamlNode, commentsTaken: boolean): readonly Value[] {
  const text = (items: readonly { comment: Comment }[]): Value[] => items.map(({ comment }) => comment)
  const members = (node.items ?? []).flatMap((item) => [
    ...text(comments(item.head)),
    ...text(comments(item.line, true)),
    toValue(item, true),
    ...text(comments(item.foot)),
  ])
  if (commentsTaken) return members
  return [...text(comments(node.head)), ...text(comments(node.line)), ...members, ...text(comments(node.foot))]
}

function isScalar({ kind }: YamlNode): boolean {
  return kind !== 'map' && kind !== 'list' && kind !== 'alias'
}

function comments(text: string | undefined, inline = false): { comment: Comment }[] {
  const lines = (text ?? '').split('\n').filter((line) => line !== '')
  return lines.map((line) => ({ comment: new Comment(line.slice(1), inline) }))
}

function toLeaf({ kind, value = '' }: YamlNode): Leaf | null {
  switch (kind) {
    case 'null':
      return null
    case 'str':
      return value
    case 'int':
      return BigInt(value)
    case 'float':
      return toFloat(value)
    case 'bool':
      return value === 'true'
    case 'time':
      return new Timestamp(value)
    default:
      throw new SopsError('Malformed', `a value of the YAML file has a type (${kind}) that SOPS does not know`)
  }
}

function toFloat(text: string): number {
  if (text.endsWith('Inf')) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}

/** A branch as the mapping to print, its comments hung where go-yaml prints them as SOPS does. */
export function nodeOf(branch: Branch): YamlNode {
  const pairs = branch.items.map((item) => ('comment' in item ? item.comment : item))
  const { children, own } = hang(pairs, (item) => [{ kind: 'str', value: item.key }, valueNode(item.value)])
  return { kind: 'map', items: children.flat(), ...own }
}

function valueNode(value: Value): YamlNode {
  if (value === null) return { kind: 'null' }
  if (value instanceof Branch) return nodeOf(value)
  if (Array.isArray(value)) {
    const { children, own } = hang(value as readonly Value[], (item) => [valueNode(item)])
    return { kind: 'list', items: children.flat(), ...own }
  }
  return leafNode(value as Leaf)
}

function leafNode(leaf: Leaf): YamlNode {
  if (typeof leaf === 'string') return { kind: 'str', value: leaf }
  if (typeof leaf === 'bigint') return { kind: 'int', value: String(leaf) }
  if (typeof leaf === 'number') return { kind: 'float', value: Number.isFinite(leaf) ? String(leaf) : infinite(leaf) }
  if (typeof leaf === 'boolean') return { kind: 'bool', value: String(leaf) }
  if (leaf instanceof Timestamp) return { kind: 'time', value: leaf.text }
  if (leaf instanceof RawText) return { kind: 'bin', value: Buffer.from(leaf.bytes).toString('base64') }
  if (leaf instanceof Uint8Array)
    return { kind: 'list', items: [...leaf].map((byte) => ({ kind: 'int', value: String(byte) })) }
  return { kind: 'str', value: leaf.text }
}

function infinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

type CommentField = 'head' | 'line' | 'foot'
type Comments = Partial<Record<CommentField, string>>
type Hung = YamlNode & Comments

/**
 * Comments before the first member belong to the whole, later ones stand above the member that follows, inline ones behind its value,
 * and what is left at the end hangs below the last member (its key, in a mapping).
 */
function hang<T>(
  members: readonly (T | Comment)[],
  toNodes: (member: T) => YamlNode[],
): { children: YamlNode[][]; own: Comments } {
  const children: Hung[][] = []
  let own: Comments = {}
  let above: string[] = []
  let behind: string[] = []
  for (const member of members) {
    if (member instanceof Comment) {
      if (member.inline) behind.push(member.text)
      else above.push(member.text)
      continue
    }
    if (children.length === 0) own = { ...written('head', above) }
    const nodes: Hung[] = toNodes(member)
    if (children.length > 0) nodes[0] = withComment(nodes[0], 'head', above)
    nodes[nodes.length - 1] = withComment(nodes.at(-1), 'line', behind)
    children.push(nodes)
    above = []
    behind = []
  }
  const rest = [...above, ...behind]
  const last = children.at(-1)
  if (last === undefined) own = { ...written('head', rest) }
  else last[0] = withComment(last[0], 'foot', rest)
  return { children, own }
}

function written(field: CommentField, lines: readonly string[]): Comments {
  return lines.length === 0 ? {} : { [field]: `#${lines.join('\n#')}` }
}

function withComment(node: Hung | undefined, field: CommentField, lines: readonly string[]): Hung {
  const before = node?.[field]
  const added = written(field, lines)[field]
  if (node === undefined || added === undefined) return node ?? { kind: 'null' }
  const inOrder = field === 'head' ? [added, before] : [before, added]
  return { ...node, [field]: inOrder.filter((text) => text !== undefined).join('\n') }
}
