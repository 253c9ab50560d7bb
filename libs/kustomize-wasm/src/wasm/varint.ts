// SPDX-License-Identifier: Apache-2.0

/** An unsigned number of a WebAssembly binary and where the next byte is. Throws a RangeError when the binary ends in it. */
export function readVarint(binary: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  for (let at = start, scale = 1; at < binary.length; at++, scale *= 128) {
    const byte = binary[at] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return { value, end: at + 1 }
  }
  throw new RangeError('the WebAssembly binary is cut off')
}

/** A number as a WebAssembly binary has it. */
export function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return [...bytes, rest]
}
