// SPDX-License-Identifier: Apache-2.0
import type { ByteText } from './bytes.ts'

/** Literal text. */
interface TextNode {
  readonly kind: 'text'
  readonly value: ByteText
}

/** `${variable}` with or without an operator. */
export interface CallNode {
  readonly kind: 'call'
  readonly variable: ByteText
  /** As written (`:-`, `##`, …); empty for a bare reference. */
  readonly operator: string
  readonly args: readonly Node[]
  /** Offset of the text behind `${`. */
  readonly at: number
}

export type Node = TextNode | CallNode
