// SPDX-License-Identifier: Apache-2.0

/** A field of a message of Protocol Buffers, encoded. */
export type Field = Buffer

/** A text, bytes or a message: https://protobuf.dev/programming-guides/encoding */
export function bytesField(number: number, value: string | Uint8Array): Field {
  const bytes = Buffer.from(value as Uint8Array)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

/** A message made of fields. */
export function messageField(number: number, fields: readonly Field[]): Field {
  return bytesField(number, Buffer.concat(fields))
}

/** An enumeration or a number that is not negative. */
export function numberField(number: number, value: number): Field {
  return Buffer.concat([varint(number * 8), varint(value)])
}

/** `fixed64`. */
export function fixed64Field(number: number, value: bigint): Field {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([varint(number * 8 + 1), bytes])
}

/** `fixed32`. */
export function fixed32Field(number: number, value: number): Field {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return Buffer.concat([varint(number * 8 + 5), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left])
    bytes.push((left % 128) | 128)
  }
}
