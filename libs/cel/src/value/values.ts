// SPDX-License-Identifier: Apache-2.0
import type { Duration, Timestamp } from './time.ts'

/** An unsigned 64-bit integer; `bigint` alone stands for the signed one. */
export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** A double. Boxed, because a bare number is JSON that was not looked at yet, see `adopt`. */
export class Double {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A type as a value, such as the result of `type(1)`. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A message that is no well-known value: only `google.protobuf.Empty` and the entry of a struct are made so. */
export class MessageValue {
  readonly name: string
  /** The fields that are set. */
  readonly fields: ReadonlyMap<string, Value>
  constructor(name: string, fields: ReadonlyMap<string, Value>) {
    this.name = name
    this.fields = fields
  }
}

/** A value that may be absent. */
export class Optional {
  static readonly none: Optional = new Optional(undefined)
  readonly value: Value | undefined
  constructor(value: Value | undefined) {
    this.value = value
  }
}

/** A map of any make: a JSON object or entries of a literal. */
export abstract class CelMap {
  abstract readonly size: number
  /** The value under the key, undefined if there is none. Numbers of different types are one key. */
  abstract get(key: Value): Value | undefined
  abstract keys(): Iterable<Value>
}

/** All that an expression can hold. The elements of a list may be raw JSON: read them through `adopt`. */
export type Value =
  | bigint
  | Uint
  | Double
  | string
  | boolean
  | null
  | Uint8Array
  | readonly unknown[]
  | CelMap
  | Timestamp
  | Duration
  | TypeValue
  | MessageValue
  | Optional

const minInt = -(2n ** 63n)
const maxInt = 2n ** 63n - 1n
const maxUint = 2n ** 64n - 1n

/** Whether the number fits an int. */
export function isInt64(value: bigint): boolean {
  return value >= minInt && value <= maxInt
}

/** Whether the number fits a uint. */
export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= maxUint
}

/**
 * A value of an expression from JSON or from a value. Whole numbers are ints and all others doubles, as Kubernetes reads JSON into
 * untyped objects. Nothing is copied: an object is read when it is asked for a key.
 */
export function adopt(value: unknown): Value {
  if (typeof value === 'number') {
    const whole = Number.isInteger(value) && Math.abs(value) < 2 ** 63
    return whole ? BigInt(value) : new Double(value)
  }
  if (value === undefined) return null
  if (typeof value === 'object' && value !== null && isPlainObject(value)) return new JsonMap(value)
  return value as Value
}

// of whatever realm: only root prototypes have none above them
function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A JSON object as a map; members without a value are absent. */
class JsonMap extends CelMap {
  readonly #object: Readonly<Record<string, unknown>>
  #keys: string[] | undefined

  constructor(object: Readonly<Record<string, unknown>>) {
    super()
    this.#object = object
  }

  get size(): number {
    return this.keys().length
  }

  override get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#object, key)) return undefined
    const value = this.#object[key]
    return value === undefined ? undefined : adopt(value)
  }

  override keys(): string[] {
    this.#keys ??= Object.keys(this.#object).filter((key) => this.#object[key] !== undefined)
    return this.#keys
  }
}

/** A map that an expression made. */
export class EntryMap extends CelMap {
  readonly #entries = new Map<string, { readonly key: Value; readonly value: Value }>()

  get size(): number {
    return this.#entries.size
  }

  /** Adds an entry, in place of an older one under the key; false if the key is of a type that no key has. */
  set(key: Value, value: Value): boolean {
    const canonical = key instanceof Double ? undefined : canonicalKey(key)
    if (canonical !== undefined) this.#entries.set(canonical, { key, value })
    return canonical !== undefined
  }

  override get(key: Value): Value | undefined {
    const canonical = canonicalKey(key)
    return canonical === undefined ? undefined : this.#entries.get(canonical)?.value
  }

  override *keys(): Iterable<Value> {
    for (const { key } of this.#entries.values()) yield key
  }
}

function canonicalKey(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'bigint') return `n${key}`
  if (key instanceof Uint) return `n${key.value}`
  if (key instanceof Double) return Number.isInteger(key.value) ? `n${BigInt(key.value)}` : undefined
  if (typeof key === 'boolean') return `b${key}`
  return undefined
}
