// SPDX-License-Identifier: Apache-2.0

/** What an error may carry beside its code and message. */
export interface CodedErrorOptions {
  /** The error that led to this one; part of the message chain, see `errorMessage`. */
  readonly cause?: unknown
  /** Facts for programs (status codes, names, limits). Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * The base of every error that Tidelock throws on purpose. Callers branch on `code`, people read `message`.
 * A package exports one subclass whose `C` is the union of its codes.
 */
export class CodedError<C extends string = string> extends Error {
  readonly code: C
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: C, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.details = options.details ?? {}
  }
}

/** The code of the first coded error on the cause chain (Node's own system errors included), or undefined. */
export function codeOf(error: unknown): string | undefined {
  for (const link of causes(error)) {
    const code = (link as { code?: unknown }).code
    if (typeof code === 'string') return code
  }
  return undefined
}

/** Whether any error on the cause chain carries the code. */
export function hasCode(error: unknown, code: string): boolean {
  for (const link of causes(error)) if ((link as { code?: unknown }).code === code) return true
  return false
}

/** The error and its causes, outermost first; a cycle ends the walk. */
export function* causes(error: unknown): Generator<object> {
  const seen = new Set<unknown>()
  for (let link = error; typeof link === 'object' && link !== null && !seen.has(link);) {
    seen.add(link)
    yield link
    link = (link as { cause?: unknown }).cause
  }
}
