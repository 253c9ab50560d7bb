// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { createHash, hash } from 'node:crypto'
import { ArchiveError } from '../errors.ts'
import type { IndexBuilder } from '../index-builder.ts'
import { directoryMode, isRegularMode, normaliseFileMode } from '../modes.ts'
import { checkPath, comparePaths } from '../paths.ts'
import type { ArchiveEntries, ArchiveFile } from '../types.ts'
import { encodeHeader, padding } from './encode-header.ts'
import { blockSize } from './layout.ts'

/**
 * The tar of a tree in Flux's layout: the root as `.`, every directory before what it holds, two empty blocks at the end.
 * Fills the index on the way. Throws `ArchiveError` on unsafe, unsorted or clashing paths and wrong sizes.
 */
export async function* encodeEntries(entries: ArchiveEntries, index: IndexBuilder): AsyncGenerator<Uint8Array> {
  yield directoryHeader('.')
  let last = ''
  for await (const entry of entries) {
    checkPath(entry.path)
    const key = 'directory' in entry ? `${entry.path}/` : entry.path
    if (last !== '' && comparePaths(last, key) >= 0) throw outOfOrder(last, key)
    last = key
    if ('directory' in entry) {
      for (const path of index.addDirectory(entry.path)) yield directoryHeader(path)
    } else {
      for (const path of index.addParents(entry.path)) yield directoryHeader(path)
      if (isRegularMode(entry.mode)) yield* encodeFile(entry, index)
    }
  }
  yield Buffer.alloc(2 * blockSize)
}

function directoryHeader(path: string): Buffer {
  return encodeHeader({ path, mode: directoryMode, size: 0, type: 'directory' })
}

async function* encodeFile(file: ArchiveFile, index: IndexBuilder): AsyncGenerator<Uint8Array> {
  const { path } = file
  index.checkFile(path)
  const content = typeof file.content === 'function' ? await file.content() : file.content
  const mode = normaliseFileMode(file.mode)
  const size = content instanceof Uint8Array ? content.length : file.size
  if (size === undefined) throw new ArchiveError('SizeMismatch', `${path} is streamed, so its size must be given`)
  yield encodeHeader({ path, mode, size, type: 'file' })
  let sha256: string
  if (content instanceof Uint8Array) {
    sha256 = hash('sha256', content)
    yield content
  } else {
    sha256 = yield* encodeStream(path, content, size)
  }
  yield padding(size)
  index.addFile({ path, sha256, mode, size })
}

async function* encodeStream(
  path: string,
  content: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, string> {
  const digest = createHash('sha256')
  let length = 0
  for await (const chunk of content) {
    length += chunk.length
    if (length > size) break
    digest.update(chunk)
    yield chunk
  }
  if (length !== size) {
    const found = length > size ? `more than ${size}` : String(length)
    throw new ArchiveError('SizeMismatch', `${path} was to have ${size} bytes, but has ${found}`)
  }
  return digest.digest('hex')
}

function outOfOrder(last: string, key: string): ArchiveError {
  const why = last === key ? 'is there twice' : `comes after ${JSON.stringify(last)}, but sorts before it`
  return new ArchiveError(last === key ? 'PathClash' : 'EntryOrder', `${JSON.stringify(key)} ${why}`)
}
