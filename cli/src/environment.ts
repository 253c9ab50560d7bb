// SPDX-License-Identifier: Apache-2.0

/** What a command gets from outside; `main.ts` makes it, tests make their own. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's home directory. */
  readonly home: string
  readonly cwd: string
  /** Results: tables, JSON, YAML. */
  readonly out: (text: string) => void
  /** Progress and notes. */
  readonly err: (text: string) => void
  /** Whether a person watches standard error: then waits may be animated. */
  readonly interactive: boolean
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}
