// SPDX-License-Identifier: Apache-2.0

/**
 * A node of a YAML text, with the comments (whole lines, `#` included) where go-yaml hangs them. `items` are the key, value, key, value …
 * of a map, the members of a list, the one root of a document, what an alias stands for. Scalars carry `value` as text: `bin` is base64
 * of bytes that are no text, for printing alone; a kind not named here is of a Go type that has no place in YAML for people.
 */
export interface YamlNode {
  readonly kind: string
  readonly value?: string
  readonly items?: readonly YamlNode[]
  readonly head?: string
  readonly line?: string
  readonly foot?: string
}
