// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from 'node:buffer'
import { hasCode } from '@tidelock/errors'
import { parseDotenv, printDotenv } from './dotenv.ts'
import { SopsError } from './errors.ts'
import { unflatten } from './flat-metadata.ts'
import type { SopsFormat } from './format.ts'
import { parseIni } from './ini-parser.ts'
import { printIni } from './ini-printer.ts'
import { parseJsonObject } from './json-parser.ts'
import { printJson } from './json-printer.ts'
import { Branch, RawText } from './tree.ts'
import type { Item } from './tree.ts'
import { branchOf, nodeOf } from './yaml-tree.ts'
import type { YamlCodec } from './yaml-tree.ts'

/** A file taken apart: its documents without metadata, and the metadata. */
export interface LoadedFile {
  readonly branches: readonly Branch[]
  readonly metadata: Branch
}

const metadataKey = 'sops'
const metadataPrefix = 'sops_'

/** Takes an encrypted file apart. Throws `Malformed`, or `NotEncrypted` for a file without metadata. */
export async function loadFile(
  bytes: Uint8Array,
  format: SopsFormat,
  yaml: YamlCodec,
  signal: AbortSignal,
): Promise<LoadedFile> {
  if (format !== 'json' && format !== 'binary' && !isUtf8(bytes))
    throw new SopsError('Malformed', 'the file is no UTF-8')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  switch (format) {
    case 'yaml':
      return takeMetadata(await readDocuments(text, yaml, signal))
    case 'dotenv':
      return takeFlatMetadata(parseDotenv(text))
    case 'ini': {
      const { branches, metadata } = takeMetadata([parseIni(text)])
      return { branches, metadata: unflatten(metadata.items.map(unescapeLines)) }
    }
    case 'json':
    case 'binary':
      return takeMetadata([parseJsonObject(text)])
  }
}

/** Documents in the format. Throws `CannotEmit` for what the format cannot hold. */
export async function emitFile(
  branches: readonly Branch[],
  format: SopsFormat,
  yaml: YamlCodec,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const first = branches[0] ?? new Branch([])
  switch (format) {
    case 'yaml':
      return Buffer.from(await yaml.printYaml(branches.map(nodeOf), signal))
    case 'json':
      return Buffer.from(printJson(first))
    case 'dotenv':
      return printDotenv(first)
    case 'ini':
      return printIni(first)
    case 'binary':
      return emitBinary(branches)
  }
}

/** The documents of a YAML text as branches. Throws `Malformed`. */
export async function readDocuments(text: string, yaml: YamlCodec, signal: AbortSignal): Promise<readonly Branch[]> {
  try {
    return (await yaml.readYaml(text, signal)).map(branchOf)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof RangeError) throw new SopsError('TooLarge', 'the YAML file nests too deeply')
    if (!hasCode(cause, 'InvalidYaml')) throw cause
    throw new SopsError('Malformed', 'the file is no YAML', { cause })
  }
}

/** Splits documents into what they hold and the metadata of the first. Throws `NotEncrypted` or `MetadataInvalid`. */
export function takeMetadata(branches: readonly Branch[]): LoadedFile {
  const isMetadata = (item: Item): boolean => 'key' in item && item.key === metadataKey
  const found = branches[0]?.items.filter(isMetadata) ?? []
  if (found.length > 1) throw new SopsError('MetadataInvalid', `'${metadataKey}' stands twice`)
  const metadata = branches[0]?.get(metadataKey)
  if (metadata === undefined) throw new SopsError('NotEncrypted', 'the file has no sops metadata')
  if (!(metadata instanceof Branch)) throw new SopsError('MetadataInvalid', `'${metadataKey}' is no mapping`)
  return { branches: branches.map(({ items }) => new Branch(items.filter((item) => !isMetadata(item)))), metadata }
}

function takeFlatMetadata({ items }: Branch): LoadedFile {
  const isMetadata = (item: Item): boolean => 'key' in item && item.key.startsWith(metadataPrefix)
  const flat = items.flatMap((item) =>
    'key' in item && isMetadata(item) ? [{ key: item.key.slice(metadataPrefix.length), value: item.value }] : [],
  )
  if (flat.length === 0) throw new SopsError('NotEncrypted', 'the file has no sops metadata')
  return { branches: [new Branch(items.filter((item) => !isMetadata(item)))], metadata: unflatten(flat) }
}

function unescapeLines(item: Item): Item {
  if ('comment' in item || typeof item.value !== 'string') return item
  return { key: item.key, value: item.value.replaceAll('\\n', '\n') }
}

function emitBinary([branch, ...others]: readonly Branch[]): Uint8Array {
  const data = others.length === 0 ? branch?.get('data') : undefined
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof RawText) return data.bytes
  throw new SopsError('CannotEmit', "the file is no binary one: it has no text under 'data'")
}
