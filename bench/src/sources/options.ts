// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { formatDuration, parseDuration } from '@tidelock/api'
import { Command, InvalidArgumentError } from 'commander'

/** What one run measures. */
export interface SourcesOptions {
  /** GitRepositories; 0 leaves them out. */
  readonly git: number
  /** OCIRepositories; 0 leaves them out. */
  readonly oci: number
  readonly concurrent: number
  /** Of each source: one polling round is as long. */
  readonly intervalMs: number
  /** Commits that are requested by annotation and measured. */
  readonly changes: number
  readonly timeoutMs: number
  readonly jsonPath: string | undefined
}

interface Flags {
  git: number
  oci: number
  concurrent: number
  interval: number
  changes: number
  timeout: number
  json?: string
}

/** Reads the command line (without program and script). Throws CommanderError. */
export function parseSourcesOptions(argv: readonly string[], cwd: string): SourcesOptions {
  const command = new Command('bench:sources')
    .description(
      'measure many sources: all stored, a round of polling in which nothing changed, and a requested change',
    )
    .option('--git <n>', 'GitRepositories', count(0), 1000)
    .option('--oci <n>', 'OCIRepositories', count(0), 1000)
    .option('--concurrent <n>', 'objects that the controller reconciles at a time', count(1), 10)
    .option('--interval <duration>', 'interval of each source, such as 1m', duration, 60_000)
    .option('--changes <n>', 'commits to measure', count(0), 10)
    .option('--timeout <duration>', 'how long to wait for all sources', duration, 1_800_000)
    .option('--json <file>', 'write the figures to a file')
  command.parse(argv, { from: 'user' })
  const { git, oci, concurrent, interval, changes, timeout, json } = command.opts<Flags>()
  const jsonPath = json === undefined ? undefined : resolve(cwd, json)
  return { git, oci, concurrent, intervalMs: interval, changes, timeoutMs: timeout, jsonPath }
}

/** The interval as a spec has it. */
export function intervalText({ intervalMs }: SourcesOptions): string {
  return formatDuration(intervalMs)
}

function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least) return value
    throw new InvalidArgumentError(`want a whole number of at least ${least}`)
  }
}

function duration(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    throw new InvalidArgumentError('want a duration such as 90s or 1m')
  }
}
