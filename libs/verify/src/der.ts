// SPDX-License-Identifier: Apache-2.0

/** One element of a DER document: where it is, without anything being copied. */
export interface DerElement {
  readonly tag: number
  /** Header and content. */
  readonly whole: Buffer
  readonly content: Buffer
}

/** The element that bytes begin with. Throws RangeError when they are too few, or its length is not told as DER wants. */
export function firstElement(bytes: Buffer): DerElement {
  const [tag, first] = [bytes.readUInt8(0), bytes.readUInt8(1)]
  if ((tag & 0x1f) === 0x1f) throw new RangeError('a tag of several bytes')
  const extra = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || extra > 4) throw new RangeError('a length that DER does not have')
  const length = extra === 0 ? first : bytes.readUIntBE(2, extra)
  const end = 2 + extra + length
  if (end > bytes.byteLength) throw new RangeError('an element that is cut off')
  return { tag, whole: bytes.subarray(0, end), content: bytes.subarray(2 + extra, end) }
}

/** The elements of a sequence or set, one after the other. Throws as `firstElement` does. */
export function* elementsOf(content: Buffer): Generator<DerElement, void> {
  for (let rest = content; rest.byteLength > 0;) {
    const element = firstElement(rest)
    yield element
    rest = rest.subarray(element.whole.byteLength)
  }
}
