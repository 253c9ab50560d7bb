// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ClusterShape } from './place/control-plane.ts'

/** What is to be measured. */
export interface BenchOptions {
  readonly apps: number
  readonly concurrent: number
  readonly cluster: ClusterShape
  /** Commits that are measured one after the other; their medians are shown. */
  readonly changes: number
  /** Hand edits, and as many deletions. */
  readonly samples: number
  readonly idleSeconds: number
  /** Bound of each wait for all objects. */
  readonly timeoutMs: number
  readonly jsonPath: string | undefined
  /** Directory for CPU profiles of the controllers; undefined takes none. */
  readonly profileDir: string | undefined
  /** Count the API server's audit log too. It slows the API server. */
  readonly audit: boolean
  /** Leave all running after the table, until Ctrl-C. */
  readonly keep: boolean
}

interface Flags {
  apps: number
  concurrent: number
  cluster: ClusterShape
  changes: number
  samples: number
  idle: number
  timeout: number
  json?: string
  profile?: string
  audit?: boolean
  keep?: boolean
}

/** Reads the command line (without program and script). Throws CommanderError. */
export function parseOptions(argv: readonly string[], cwd: string): BenchOptions {
  const command = new Command('bench')
    .description('measure the monorepo workload and print it beside the figures of Flux')
    .option('--apps <n>', 'apps in the repository, one Kustomization each', count(2), 100)
    .option('--concurrent <n>', 'objects that a controller reconciles at a time', count(1), 20)
    .addOption(
      new Option('--cluster <shape>', 'api: kube-apiserver and etcd alone; full: all that tidelock up starts')
        .choices(['api', 'full'])
        .default('api'),
    )
    .option('--changes <n>', 'commits to measure', count(1), 3)
    .option('--samples <n>', 'hand edits to measure, and deletions', count(1), 10)
    .option('--idle <seconds>', 'how long to measure at rest', count(1), 60)
    .option('--timeout <seconds>', 'how long to wait for all objects', count(1), 900)
    .option('--json <file>', 'write all figures to this file')
    .option('--profile <dir>', 'write CPU profiles of the controllers to this directory')
    .option('--audit', "count the requests in the API server's audit log too (slows the API server)")
    .option('--keep', 'leave all running after the table, until Ctrl-C')
    .exitOverride()
  command.parse(argv, { from: 'user' })
  const { idle, timeout, json, profile, audit, keep, ...rest } = command.opts<Flags>()
  return {
    ...rest,
    idleSeconds: idle,
    timeoutMs: timeout * 1000,
    jsonPath: json === undefined ? undefined : resolve(cwd, json),
    profileDir: profile === undefined ? undefined : resolve(cwd, profile),
    audit: audit === true,
    keep: keep === true,
  }
}

function count(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`give a whole number of at least ${min}.`)
    return value
  }
}
