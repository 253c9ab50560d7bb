// SPDX-License-Identifier: Apache-2.0
import { findDataKey } from './data-key.ts'
import { maxFileBytes } from './decrypt-file.ts'
import type { DecryptOptions } from './decrypt-file.ts'
import { decryptTree, macMatches } from './decrypt-tree.ts'
import { SopsError } from './errors.ts'
import { readDocuments, takeMetadata } from './file.ts'
import { readMetadata } from './metadata.ts'
import { Branch } from './tree.ts'

/** One encrypted part of a file. */
export interface VerifiedPart {
  /** The MAC as the file carries it, encrypted: it tells which documents were looked at. */
  readonly mac: string
  readonly matches: boolean
}

/**
 * Compares the MACs of a YAML or JSON file with manifests, without decrypting it for anybody. Documents that were encrypted together
 * have one MAC; documents that were put into one file afterwards have one each, and those without metadata none. Throws as
 * `decryptFile` does.
 */
export async function verifyManifests(
  bytes: Uint8Array,
  { keyServices, yaml, signal }: Pick<DecryptOptions, 'keyServices' | 'yaml' | 'signal'>,
): Promise<readonly VerifiedPart[]> {
  if (bytes.length > maxFileBytes)
    throw new SopsError(
      'TooLarge',
      `the file has ${bytes.length} bytes, more than the ${maxFileBytes} that are verified`,
    )
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  const parts: VerifiedPart[] = []
  for (const group of groupByMac(await readDocuments(text, yaml, signal))) {
    const { branches, metadata: branch } = takeMetadata(group)
    const metadata = readMetadata(branch)
    const dataKey = await findDataKey(metadata, keyServices, signal)
    const { mac } = decryptTree(branches, metadata, dataKey)
    parts.push({ mac: metadata.mac, matches: macMatches(metadata, dataKey, mac) })
  }
  return parts
}

function groupByMac(documents: readonly Branch[]): readonly (readonly Branch[])[] {
  const groups = new Map<unknown, Branch[]>()
  for (const document of documents) {
    const metadata = document.get('sops')
    if (metadata === undefined) continue
    const mac = metadata instanceof Branch ? metadata.get('mac') : undefined
    const group = groups.get(mac)
    if (group === undefined) groups.set(mac, [document])
    else group.push(document)
  }
  return [...groups.values()]
}
