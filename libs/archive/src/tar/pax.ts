// SPDX-License-Identifier: Apache-2.0
import type { Buffer } from 'node:buffer'
import { ArchiveError } from '../errors.ts'
import { invalid } from './decode-header.ts'

/** What extended records say about the entry behind them; absent fields stay as its header has them. */
export interface Amendments {
  readonly path?: string
  readonly size?: number
}

/** Reads PAX records. Throws `InvalidArchive` on damaged ones and `Unsupported` on sparse files. */
export function parsePax(records: Buffer): Amendments {
  let amendments: Amendments = {}
  for (let at = 0; at < records.length;) {
    const space = records.indexOf(0x20, at)
    const digits = space === -1 ? '' : records.toString('latin1', at, space)
    const end = at + Number(digits)
    const equals = records.indexOf(0x3d, space)
    const isWhole = /^[1-9][0-9]{0,8}$/.test(digits) && end <= records.length && equals !== -1 && equals < end
    if (!isWhole || records[end - 1] !== 0x0a) throw invalid('a damaged PAX record')
    const key = records.toString('utf8', space + 1, equals)
    amendments = amend(amendments, key, records.toString('utf8', equals + 1, end - 1))
    at = end
  }
  return amendments
}

function amend(amendments: Amendments, key: string, value: string): Amendments {
  // an empty value takes an earlier one back
  if (value === '') return amendments
  if (key === 'path') return { ...amendments, path: value }
  if (key === 'size') {
    const size = Number(value)
    if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(size)) throw invalid('a PAX record whose size is no number')
    return { ...amendments, size }
  }
  if (key.startsWith('GNU.sparse.')) throw new ArchiveError('Unsupported', 'archive holds a sparse file')
  return amendments
}
