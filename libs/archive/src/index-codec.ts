// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { ArchiveError } from './errors.ts'
import { executableMode, fileMode } from './modes.ts'
import { checkPath, comparePaths } from './paths.ts'
import type { ArtifactIndex, IndexEntry } from './types.ts'

/** The bytes of an index as it is published: compact JSON, the same for the same index. */
export function encodeIndex(index: ArtifactIndex): Buffer {
  const files = index.files.map(({ path, sha256, mode, size }) => ({ path, sha256, mode, size }))
  return Buffer.from(`${JSON.stringify({ version: index.version, files, directories: index.directories })}\n`)
}

/** `sha256:<hex>` of the published bytes. */
export function indexDigest(index: ArtifactIndex): string {
  return `sha256:${hash('sha256', encodeIndex(index))}`
}

/** Reads published bytes. Throws `InvalidIndex` unless every path is safe, in order and there once, and every field fits. */
export function parseIndex(bytes: Uint8Array): ArtifactIndex {
  const value = parseJson(bytes)
  const { version, files, directories } = value as { version?: unknown; files?: unknown; directories?: unknown }
  if (version !== 1) throw invalid(`its version is ${JSON.stringify(version)}, not 1`)
  if (!Array.isArray(files) || !Array.isArray(directories)) throw invalid('files and directories must be lists')
  const index: ArtifactIndex = { version, files: files.map(toEntry), directories: directories.map(toPath) }
  checkOrder(index.files.map(({ path }) => path))
  checkOrder(index.directories)
  return index
}

function parseJson(bytes: Uint8Array): object {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch (error) {
    throw invalid('it is not JSON', error)
  }
  if (typeof value !== 'object' || value === null) throw invalid('it is not an object')
  return value
}

function toEntry(value: unknown): IndexEntry {
  const { path, sha256, mode, size } = (value ?? {}) as Record<string, unknown>
  const name = toPath(path)
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw invalid(`${name} has no sha256`)
  if (mode !== fileMode && mode !== executableMode) throw invalid(`${name} has a mode that no artifact has`)
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid(`${name} has no size`)
  return { path: name, sha256, mode, size }
}

function toPath(value: unknown): string {
  if (typeof value !== 'string') throw invalid('a path is no text')
  try {
    checkPath(value)
  } catch (error) {
    throw invalid('a path is not safe', error)
  }
  return value
}

function checkOrder(paths: readonly string[]): void {
  for (const [at, path] of paths.entries()) {
    const before = paths[at - 1]
    if (before !== undefined && comparePaths(before, path) >= 0)
      throw invalid(`${JSON.stringify(path)} is out of order`)
  }
}

function invalid(why: string, cause?: unknown): ArchiveError {
  return new ArchiveError('InvalidIndex', `index is not valid: ${why}`, { cause })
}
