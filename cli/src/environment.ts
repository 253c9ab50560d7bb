// SPDX-License-Identifier: Apache-2.0

/** A terminal that a person watches. */
interface Terminal {
  /** Its width now. */
  readonly columns: () => number
}

/** What a command gets from outside; `main.ts` makes it, tests make their own. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's home directory. */
  readonly home: string
  readonly cwd: string
  /** How this command was called, for lines that a person may copy: `tidelock`, or a path. */
  readonly self: string
  /** What a person types, or what a pipe brings. Absent: nothing. */
  readonly input?: NodeJS.ReadableStream
  /** Results: tables, JSON, YAML. */
  readonly out: (text: string) => void
  /** Progress and notes. */
  readonly err: (text: string) => void
  /** Where notes go, if a person watches: then waits show a moving line. Undefined: plain lines only. */
  readonly terminal: Terminal | undefined
  /** Whether notes may be coloured. */
  readonly colors: boolean
  /** The same for results, and how wide the terminal is that they go to; undefined where they go elsewhere. */
  readonly results: { readonly colors: boolean; readonly columns: number | undefined }
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal
}

/** Whether to colour what goes to a terminal: https://no-color.org, FORCE_COLOR, and `dumb` terminals. */
export function wantsColors(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0'
  return isTerminal && env['TERM'] !== 'dumb'
}
