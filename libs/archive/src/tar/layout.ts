// SPDX-License-Identifier: Apache-2.0

/** Tar counts in blocks. */
export const blockSize = 512

/** A part of a header block. */
export interface Field {
  readonly start: number
  readonly length: number
}

/** Where the fields of a USTAR header stand. */
export const field: Readonly<
  Record<
    | 'name'
    | 'mode'
    | 'uid'
    | 'gid'
    | 'size'
    | 'mtime'
    | 'checksum'
    | 'typeflag'
    | 'magic'
    | 'devmajor'
    | 'devminor'
    | 'prefix',
    Field
  >
> = {
  name: { start: 0, length: 100 },
  mode: { start: 100, length: 8 },
  uid: { start: 108, length: 8 },
  gid: { start: 116, length: 8 },
  size: { start: 124, length: 12 },
  mtime: { start: 136, length: 12 },
  checksum: { start: 148, length: 8 },
  typeflag: { start: 156, length: 1 },
  magic: { start: 257, length: 8 },
  devmajor: { start: 329, length: 8 },
  devminor: { start: 337, length: 8 },
  prefix: { start: 345, length: 155 },
}
