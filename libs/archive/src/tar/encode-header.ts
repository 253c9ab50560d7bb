// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { blockSize, field } from './layout.ts'

/** What a header says; owner, names and times are always zero. */
export interface HeaderFields {
  readonly path: string
  readonly mode: number
  readonly size: number
  readonly type: 'file' | 'directory'
}

/** The largest size that eleven octal digits hold. */
const maxOctalSize = 8 ** 11 - 1

/**
 * The header blocks of an entry, byte for byte as Go's `archive/tar` writes them for Flux: USTAR where the path is short
 * ASCII, else preceded by a PAX record.
 */
export function encodeHeader(fields: HeaderFields): Buffer {
  const bytes = Buffer.from(fields.path, 'utf8')
  const isAscii = bytes.length === fields.path.length
  const split = isAscii ? splitPath(fields.path) : undefined
  const typeflag = fields.type === 'directory' ? '5' : '0'
  if (split !== undefined && fields.size <= maxOctalSize) {
    return encodeBlock({ ...fields, ...split, typeflag, hasDevice: true })
  }
  const records = Buffer.concat([
    ...(isAscii && bytes.length <= field.name.length ? [] : [paxRecord('path', bytes)]),
    ...(fields.size > maxOctalSize ? [paxRecord('size', Buffer.from(String(fields.size)))] : []),
  ])
  const ascii = fields.path.replace(/[\u0080-\uffff]/g, '')
  const size = fields.size > maxOctalSize ? 0 : fields.size
  return Buffer.concat([
    encodeBlock({ name: paxName(ascii), prefix: '', mode: 0, size: records.length, typeflag: 'x', hasDevice: false }),
    records,
    padding(records.length),
    encodeBlock({
      name: ascii.slice(0, field.name.length),
      prefix: '',
      mode: fields.mode,
      size,
      typeflag,
      hasDevice: true,
    }),
  ])
}

/** The zeros that fill the last block of a content. */
export function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize)
}

/** A path as prefix and name, or undefined when no slash cuts it so that both fit. */
function splitPath(path: string): { name: string; prefix: string } | undefined {
  if (path.length <= field.name.length) return { name: path, prefix: '' }
  const end = Math.min(path.length - (path.endsWith('/') ? 1 : 0), field.prefix.length + 1)
  const slash = path.lastIndexOf('/', end - 1)
  const name = path.slice(slash + 1)
  if (slash <= 0 || name === '' || name.length > field.name.length) return undefined
  return { name, prefix: path.slice(0, slash) }
}

/** Go's name for the header of the records: `dir/PaxHeaders.0/file`. */
function paxName(path: string): string {
  const slash = path.lastIndexOf('/')
  const [directory, file] = [path.slice(0, slash + 1), path.slice(slash + 1)]
  return `${directory}PaxHeaders.0/${file}`.slice(0, field.name.length).replace(/(?<!\/)\/+$/, '')
}

/** A record opens with its own length, whose digits count too. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = key.length + value.length + 3
  let length = rest + String(rest).length
  if (String(length).length !== String(rest).length) length = rest + String(length).length
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')])
}

interface BlockFields {
  readonly name: string
  readonly prefix: string
  readonly mode: number
  readonly size: number
  readonly typeflag: string
  readonly hasDevice: boolean
}

function encodeBlock({ name, prefix, mode, size, typeflag, hasDevice }: BlockFields): Buffer {
  const block = Buffer.alloc(blockSize)
  const octal = (at: { start: number; length: number }, value: number): void => {
    block.write(value.toString(8).padStart(at.length - 1, '0'), at.start, 'latin1')
  }
  block.write(name, field.name.start, 'latin1')
  octal(field.mode, mode)
  octal(field.uid, 0)
  octal(field.gid, 0)
  octal(field.size, size)
  octal(field.mtime, 0)
  block.write(typeflag, field.typeflag.start, 'latin1')
  block.write('ustar\u000000', field.magic.start, 'latin1')
  if (hasDevice) {
    octal(field.devmajor, 0)
    octal(field.devminor, 0)
  }
  block.write(prefix, field.prefix.start, 'latin1')
  block.fill(' ', field.checksum.start, field.checksum.start + field.checksum.length)
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000`, field.checksum.start, 'latin1')
  return block
}
