// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

/** One entry of a handmade pack; what is left out is made to fit. */
export interface HandmadeEntry {
  readonly kind: number
  readonly data: Buffer
  /** What the header says, where it lies. */
  readonly size?: number
  /** For kind 6: how far before this entry the base begins. */
  readonly distance?: number
  /** For kind 7. */
  readonly baseSha?: string
  /** In place of the deflated data. */
  readonly compressed?: Buffer
}

/** A pack of these entries, with a right checksum; `count` may lie. */
export function packOf(entries: readonly HandmadeEntry[], count: number = entries.length): Buffer {
  const header = Buffer.alloc(12)
  header.write('PACK')
  header.writeUInt32BE(2, 4)
  header.writeUInt32BE(count, 8)
  return withChecksum(Buffer.concat([header, ...entries.map((entry) => encodeEntry(entry))]))
}

/** The bytes with their SHA-1 behind them. */
export function withChecksum(body: Buffer): Buffer {
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}

export function encodeEntry(entry: HandmadeEntry): Buffer {
  let size = entry.size ?? entry.data.length
  const header = [(entry.kind << 4) | (size & 15)]
  for (size = Math.floor(size / 16); size > 0; size = Math.floor(size / 128)) {
    header[header.length - 1]! |= 0x80
    header.push(size & 127)
  }
  const base = entry.distance === undefined ? Buffer.from(entry.baseSha ?? '', 'hex') : encodeDistance(entry.distance)
  return Buffer.concat([Buffer.from(header), base, entry.compressed ?? deflateSync(entry.data)])
}

function encodeDistance(distance: number): Buffer {
  const bytes = [distance & 127]
  for (let left = Math.floor(distance / 128); left > 0; left = Math.floor(left / 128)) {
    left -= 1
    bytes.unshift((left & 127) | 0x80)
  }
  return Buffer.from(bytes)
}

/** The id of an object. */
export function idOf(type: 'commit' | 'tree' | 'blob' | 'tag', data: Buffer): string {
  return createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex')
}

/** A tree object; entries stay in the given order. */
export function treeOf(...entries: readonly (readonly [mode: string, name: string, id: string])[]): Buffer {
  return Buffer.concat(
    entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  )
}

export function commitOf(tree: string, seconds = 1_700_000_000): Buffer {
  const person = `T <t@example.com> ${seconds} +0000`
  return Buffer.from(`tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nmessage\n`)
}

/** A delta that inserts these bytes and nothing of its base. */
export function insertDelta(baseLength: number, insert: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([...varint(baseLength), ...varint(insert.length)])]
  for (let at = 0; at < insert.length; at += 127) {
    const piece = insert.subarray(at, at + 127)
    parts.push(Buffer.of(piece.length), piece)
  }
  return Buffer.concat(parts)
}

/** A delta that copies `copied` bytes from the start of its base and then inserts some. */
export function extendDelta(baseLength: number, copied: number, insert: Buffer): Buffer {
  const command = [0x80 | 0x10 | 0x20 | 0x40, copied & 255, (copied >>> 8) & 255, (copied >>> 16) & 255]
  return Buffer.from([...varint(baseLength), ...varint(copied + insert.length), ...command, insert.length, ...insert])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 0x80, ...varint(Math.floor(value / 128))]
}

/** A pack with one commit whose tree holds these entries; blobs are given as content. */
export function commitPack(files: readonly (readonly [mode: string, name: string, content: Buffer | string])[]): {
  readonly pack: Buffer
  readonly commit: string
  readonly entries: readonly HandmadeEntry[]
} {
  const blobs = files.map(([, , content]) => Buffer.from(content))
  const tree = treeOf(...files.map(([mode, name], i) => [mode, name, idOf('blob', blobs[i]!)] as const))
  const commit = commitOf(idOf('tree', tree))
  const entries: HandmadeEntry[] = [
    { kind: 1, data: commit },
    { kind: 2, data: tree },
    ...blobs.map((data) => ({ kind: 3, data })),
  ]
  return { pack: packOf(entries), commit: idOf('commit', commit), entries }
}

/** The bytes in chunks of these sizes, over and over. */
export async function* inChunks(bytes: Buffer, ...sizes: number[]): AsyncGenerator<Buffer, void, undefined> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? bytes.length)
    // each chunk in memory of its own, as from a socket
    yield Buffer.from(bytes.subarray(at, at + size))
    at += size
  }
}
