// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { ArchiveError } from '../errors.ts'
import { normaliseName } from '../paths.ts'
import type { BlockReader } from './block-reader.ts'
import type { RawHeader } from './decode-header.ts'
import { decodeHeader, invalid } from './decode-header.ts'
import { blockSize } from './layout.ts'
import type { Amendments } from './pax.ts'
import { parsePax } from './pax.ts'

/** A file or directory of an archive. The content stands in the reader, right behind. */
export interface TarEntry {
  readonly type: 'file' | 'directory'
  /** Normalised; empty for the root. */
  readonly path: string
  readonly mode: number
  readonly size: number
}

/** Bounds of the headers. */
export interface HeaderLimits {
  readonly maxEntries: number
  readonly maxPathBytes: number
}

/** What one set of extended records may take. Go's reader has the same bound. */
const maxRecordBytes = 1024 * 1024

/**
 * Walks a tar. For each file and directory calls `visit`, which must read exactly `entry.size` bytes from the reader. Links,
 * devices and pipes are passed over. Afterwards whatever follows the end of the archive is read to the end and dropped.
 * Throws `ArchiveError`.
 */
export async function readEntries(
  reader: BlockReader,
  limits: HeaderLimits,
  visit: (entry: TarEntry) => Promise<void>,
): Promise<void> {
  let amendments: Amendments = {}
  for (let count = 1; ; count += 1) {
    const header = await readHeader(reader)
    if (header === undefined) break
    if (count > limits.maxEntries) throw exceeded('entries', limits.maxEntries)
    const amended = await readAmendments(reader, header)
    if (amended !== undefined) {
      amendments = { ...amendments, ...amended }
      continue
    }
    const entry = toEntry(header, amendments, limits)
    const size = amendments.size ?? header.size
    amendments = {}
    if (entry === undefined) await reader.skip(size)
    else await visit(entry)
    await reader.skip((blockSize - ((entry?.size ?? size) % blockSize)) % blockSize)
  }
  while ((await reader.readSome(Infinity)) !== undefined);
}

/** The next header, or undefined at the end: an empty block, or nothing more. */
async function readHeader(reader: BlockReader): Promise<RawHeader | undefined> {
  const block = await reader.read(blockSize)
  return block === undefined ? undefined : decodeHeader(block)
}

/** What an extended header says about the entry behind it, or undefined when the header is an entry itself. */
async function readAmendments(reader: BlockReader, { typeflag, size }: RawHeader): Promise<Amendments | undefined> {
  if (!'xgLK'.includes(typeflag)) return undefined
  if (size > maxRecordBytes) throw exceeded('bytes of an extended header', maxRecordBytes)
  const records = await reader.require(Math.ceil(size / blockSize) * blockSize)
  const content = records.subarray(0, size)
  if (typeflag === 'x') return parsePax(content)
  // global records hold comments of the tool, K the target of a link
  if (typeflag !== 'L') return {}
  const end = content.indexOf(0)
  return { path: content.toString('utf8', 0, end === -1 ? size : end) }
}

function toEntry(header: RawHeader, amendments: Amendments, limits: HeaderLimits): TarEntry | undefined {
  const { typeflag, mode } = header
  const name = amendments.path ?? header.name
  const size = amendments.size ?? header.size
  if (typeflag === 'S') throw new ArchiveError('Unsupported', 'archive holds a sparse file')
  if (Buffer.byteLength(name) > limits.maxPathBytes) throw exceeded('bytes of a path', limits.maxPathBytes)
  // before POSIX a directory was a file whose name ends with a slash
  const isDirectory = typeflag === '5' || ('07'.includes(typeflag) && name.endsWith('/'))
  if (!isDirectory && !'07'.includes(typeflag)) return undefined
  const path = normaliseName(name)
  if (isDirectory) {
    if (size !== 0) throw invalid(`the directory ${JSON.stringify(path)} with a content`)
    return { type: 'directory', path, mode, size }
  }
  if (path === '') throw invalid('a file without a name')
  return { type: 'file', path, mode, size }
}

/** The error for a bound that was reached. */
export function exceeded(what: string, limit: number): ArchiveError {
  return new ArchiveError('LimitExceeded', `archive has more than ${limit} ${what}`, { details: { limit: what } })
}
