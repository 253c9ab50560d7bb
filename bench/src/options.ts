// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { parseDuration } from '@tidelock/api'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ClusterShape } from './place/control-plane.ts'
import type { Workload } from './workload/workload.ts'

/** What one run measures. */
export interface BenchOptions extends Workload {
  readonly concurrent: number
  readonly cluster: ClusterShape
  /** Commits that are measured one after the other; their medians are shown. */
  readonly changes: number
  /** Hand edits, and as many deletions. */
  readonly samples: number
  readonly idleSeconds: number
  /** Measure hand edits under load as well. */
  readonly load: boolean
  /** Bound of each wait for all objects. */
  readonly timeoutMs: number
  /** Directory for CPU profiles of the controllers; undefined takes none. */
  readonly profileDir: string | undefined
  /** Count the API server's audit log too. It slows the API server. */
  readonly audit: boolean
  /** Leave all running after the table, until Ctrl-C. */
  readonly keep: boolean
}

/** What is to be done. */
export interface BenchCommand {
  /** One for each number of apps. */
  readonly runs: readonly BenchOptions[]
  /** Files of former runs, which are shown instead of measuring anything. */
  readonly from: readonly string[]
  readonly jsonPath: string | undefined
  readonly svgPath: string | undefined
}

interface Flags {
  apps: readonly number[]
  shape: 'monorepo' | 'second'
  lockdown?: boolean
  sops: boolean
  concurrent: number
  cluster?: ClusterShape
  changes: number
  samples: number
  idle: number
  load: boolean
  timeout: number
  json?: string
  svg?: string
  from?: readonly string[]
  profile?: string
  audit?: boolean
  keep?: boolean
}

/** Reads the command line (without program and script). Throws CommanderError. */
export function parseOptions(argv: readonly string[], cwd: string): BenchCommand {
  const command = createCommand()
  command.parse(argv, { from: 'user' })
  const flags = command.opts<Flags>()
  const { shape, cluster = shape === 'second' ? 'full' : 'api', json, svg, from = [] } = flags
  if (shape === 'second' && cluster === 'api')
    command.error('error: --shape second waits for health, and nothing becomes healthy with --cluster api')
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(cwd, path)
  return {
    runs: from.length > 0 ? [] : toRuns({ ...flags, cluster }, absolute(flags.profile)),
    from: from.map((path) => resolve(cwd, path)),
    jsonPath: absolute(json),
    svgPath: absolute(svg),
  }
}

function toRuns(flags: Flags & { cluster: ClusterShape }, profileDir: string | undefined): readonly BenchOptions[] {
  const { shape, sops, concurrent, cluster, changes, samples, load } = flags
  return flags.apps.map((apps, index) => ({
    ...{ apps, shape, concurrent, cluster, changes, samples, load, profileDir },
    lockdown: flags.lockdown === true,
    sops: shape === 'second' && sops,
    idleSeconds: flags.idle,
    timeoutMs: flags.timeout * 1000,
    audit: flags.audit === true,
    // what stays up takes part in what is measured next
    keep: flags.keep === true && index === flags.apps.length - 1,
  }))
}

function createCommand(): Command {
  return new Command('bench')
    .description('measure a workload and print it beside the figures of Flux')
    .option(
      '--apps <list>',
      'apps in the repository, one Kustomization each; several numbers are several runs',
      sizes,
      [100],
    )
    .addOption(
      new Option(
        '--shape <shape>',
        'second: every Kustomization waits, depends, substitutes, decrypts and impersonates',
      )
        .choices(['monorepo', 'second'])
        .default('monorepo'),
    )
    .option('--no-sops', 'leave the encrypted Secrets of the second shape out')
    .option('--lockdown', 'apply every Kustomization in the name of an account')
    .option('--concurrent <n>', 'objects that a controller reconciles at a time', count(1), 20)
    .addOption(
      new Option(
        '--cluster <shape>',
        'api: kube-apiserver and etcd alone; full: all that tidelock up starts (default: api, for the second shape full)',
      ).choices(['api', 'full']),
    )
    .option('--changes <n>', 'commits to measure', count(1), 3)
    .option('--samples <n>', 'hand edits to measure, and deletions', count(1), 10)
    .option('--idle <duration>', 'how long to measure at rest: seconds, or 3m', seconds, 60)
    .option('--no-load', 'leave out the hand edits under load')
    .option('--timeout <seconds>', 'how long to wait for all objects', count(1), 900)
    .option('--json <file>', 'write all figures to this file')
    .option('--svg <file>', 'draw time and CPU over the number of apps, beside Flux, into this file')
    .option('--from <files...>', 'measure nothing: show what --json wrote before')
    .option('--profile <dir>', 'write CPU profiles of the controllers to this directory')
    .option('--audit', "count the requests in the API server's audit log too (slows the API server)")
    .option('--keep', 'leave all running after the table, until Ctrl-C')
    .exitOverride()
}

function count(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`give a whole number of at least ${min}.`)
    return value
  }
}

function sizes(text: string): readonly number[] {
  return text.split(',').map(count(2))
}

function seconds(text: string): number {
  if (/^\d+$/.test(text)) return count(1)(text)
  try {
    return Math.max(1, Math.round(parseDuration(text) / 1000))
  } catch {
    throw new InvalidArgumentError('give seconds, or a duration such as 3m.')
  }
}
