// SPDX-License-Identifier: Apache-2.0
import { findDataKey } from './data-key.ts'
import { decryptTree, macMatches } from './decrypt-tree.ts'
import { SopsError } from './errors.ts'
import { emitFile, loadFile } from './file.ts'
import type { SopsFormat } from './format.ts'
import type { KeyServices } from './key-service.ts'
import { readMetadata } from './metadata.ts'
import { RawText } from './tree.ts'
import type { Leaf } from './tree.ts'
import type { YamlCodec } from './yaml-tree.ts'

/** Flux's bound of an encrypted file. */
export const maxFileBytes: number = 5 * 2 ** 20

/** How a file is decrypted. */
export interface DecryptOptions {
  readonly input: SopsFormat
  /** Default: that of the input. */
  readonly output?: SopsFormat
  readonly keyServices: KeyServices
  readonly yaml: YamlCodec
  /** Whether to compare the MAC; default false, as Flux. */
  readonly verifyMac?: boolean
  readonly signal: AbortSignal
}

/** What came of a file. */
export interface DecryptedFile {
  readonly bytes: Uint8Array
  /** `mismatch` also where the file has no MAC; what that means the caller decides. */
  readonly mac: 'unchecked' | 'match' | 'mismatch'
  /** Each text that was encrypted, so that the caller can keep it out of logs. */
  readonly secrets: readonly string[]
}

/**
 * Decrypts a file that SOPS encrypted, as `sops decrypt` of version 3.13 does, and prints it in the wanted format. Throws a `SopsError`
 * that quotes neither the file nor a key, or the signal's reason.
 */
export async function decryptFile(bytes: Uint8Array, options: DecryptOptions): Promise<DecryptedFile> {
  const { input, output = input, keyServices, yaml, signal } = options
  if (bytes.length > maxFileBytes)
    throw new SopsError(
      'TooLarge',
      `the file has ${bytes.length} bytes, more than the ${maxFileBytes} that are decrypted`,
    )
  const loaded = await loadFile(bytes, input, yaml, signal)
  const metadata = readMetadata(loaded.metadata)
  const dataKey = await findDataKey(metadata, keyServices, signal)
  const { branches, mac, values } = decryptTree(loaded.branches, metadata, dataKey)
  const matches = options.verifyMac === true ? macMatches(metadata, dataKey, mac) : undefined
  return {
    bytes: await emitFile(branches, output, yaml, signal),
    mac: matches === undefined ? 'unchecked' : matches ? 'match' : 'mismatch',
    secrets: values.flatMap(secretTexts),
  }
}

/** Texts alone: a number or a truth value stands in too many innocent words. */
function secretTexts(leaf: Leaf): string[] {
  if (typeof leaf === 'string') return [leaf]
  return leaf instanceof RawText ? [Buffer.from(leaf.bytes).toString('utf8')] : []
}
