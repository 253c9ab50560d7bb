// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { OciError } from './errors.ts'

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

/** The algorithm of a digest that `isDigest` accepts. */
export function algorithmOf(digest: string): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** Hands on exactly the bytes that a descriptor names: fails as soon as there are too many, and at the end when they are others. */
export class DigestCheck extends Transform {
  readonly #expected: { readonly digest: string; readonly size: number }
  readonly #name: string
  readonly #hash
  #seen = 0

  constructor(expected: { readonly digest: string; readonly size: number }, name: string) {
    super()
    this.#expected = expected
    this.#name = name
    this.#hash = createHash(algorithmOf(expected.digest))
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seen += chunk.length
    if (this.#seen > this.#expected.size) {
      done(this.#mismatch(`more than the ${this.#expected.size} bytes of its descriptor`))
      return
    }
    this.#hash.update(chunk)
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    const { digest, size } = this.#expected
    if (this.#seen !== size) {
      done(this.#mismatch(`${this.#seen} bytes, its descriptor says ${size}`))
      return
    }
    const got = `${algorithmOf(digest)}:${this.#hash.digest('hex')}`
    done(got === digest ? null : this.#mismatch(`content with digest ${got}`))
  }

  #mismatch(got: string): OciError {
    return new OciError('DigestMismatch', `${this.#name}: the registry sent ${got}`)
  }
}
