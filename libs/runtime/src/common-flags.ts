// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@tidelock/api'
import type { Command } from 'commander'
import { RuntimeError } from './errors.ts'
import { parseFeatureGates } from './feature-gates.ts'
import type { FeatureGate } from './feature-gates.ts'
import { declareFlag } from './flag-set.ts'
import type { FlagReader } from './flag-set.ts'
import {
  booleanFlag,
  durationFlag,
  integerFlag,
  numberFlag,
  selectorFlag,
  textFlag,
  urlFlag,
  wordFlag,
} from './flag-values.ts'
import { parseListenAddress } from './listen-address.ts'
import type { CommonOptions, LogOptions } from './options.ts'

/** What differs between the controllers. */
export interface CommonFlagsOptions {
  readonly gates: Readonly<Record<string, FeatureGate>>
  /** Absent: 4. */
  readonly concurrent?: number
  /** Absent: 30 s. */
  readonly requeueDependencyMs?: number
  /** Environment variables that give defaults: source-controller knows METRICS_ADDR and EVENTS_ADDR. */
  readonly env?: { readonly metricsAddr?: string; readonly eventsAddr?: string }
  /** Leaves `--events-addr` to the controller, which means something else by it (notification). Absent: false. */
  readonly ownEventsAddr?: boolean
  /** Name for the default spool directory. */
  readonly controller: string
  /** Directory under which the spool stands by default: the system's temporary directory. */
  readonly tempDir: string
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * Declares Flux's common flags (reference/flux/observability.md) and ours on the command, and returns what reads them:
 * call it with the environment after the command was parsed. It throws `FlagInvalid` for values that do not go together.
 */
export function commonFlags(command: Command, settings: CommonFlagsOptions): (env: Env) => CommonOptions {
  const readers = { ...workFlags(command, settings), ...watchFlags(command), ...outsideFlags(command, settings) }
  const election = electionFlags(command)
  const gates = declareFlag(command, {
    name: 'feature-gates',
    default: '',
    description: 'comma separated list of Name=true and Name=false',
    parse: (_flag, text) => {
      parseFeatureGates(text, settings.gates)
      return text
    },
  })
  return (env) => {
    const { level, encoding, ...rest } = readAll(readers, env)
    const options: CommonOptions = {
      ...rest,
      log: { level, encoding },
      leaderElection: readAll(election, env),
      features: parseFeatureGates(gates(env), settings.gates),
      runtimeNamespace: env['RUNTIME_NAMESPACE'] ?? '',
    }
    checkTogether(options)
    return options
  }
}

function readAll<F extends Record<string, FlagReader<unknown>>>(
  flags: F,
  env: Env,
): { [K in keyof F]: ReturnType<F[K]> } {
  return Object.fromEntries(Object.entries(flags).map(([name, read]) => [name, read(env)])) as {
    [K in keyof F]: ReturnType<F[K]>
  }
}

function workFlags(command: Command, settings: CommonFlagsOptions) {
  const { concurrent = 4, requeueDependencyMs = 30_000 } = settings
  const duration = (name: string, ms: number, description: string): FlagReader<number> =>
    declareFlag(command, { name, default: ms, defaultText: formatDuration(ms), description, parse: durationFlag() })
  const text = (name: string, description: string): FlagReader<string> =>
    declareFlag(command, { name, default: '', description, parse: textFlag })
  const count = (name: string, value: number, description: string, min: number, max?: number): FlagReader<number> =>
    declareFlag(command, { name, default: value, description, parse: integerFlag(min, max) })
  return {
    concurrent: count('concurrent', concurrent, 'objects of a kind that are reconciled at the same time', 1, 10_000),
    requeueDependencyMs: duration(
      'requeue-dependency',
      requeueDependencyMs,
      'time between looks at a dependency that is not ready',
    ),
    minRetryDelayMs: duration('min-retry-delay', 750, 'first delay before a failed object is tried again'),
    maxRetryDelayMs: duration('max-retry-delay', 900_000, 'longest delay before a failed object is tried again'),
    intervalJitterPercentage: count(
      'interval-jitter-percentage',
      5,
      'per cent by which intervals are varied, up and down',
      0,
      99,
    ),
    defaultServiceAccount: text('default-service-account', 'account of objects that name none'),
    tokenCacheMaxSize: count('token-cache-max-size', 100, 'tokens kept in memory, 0 for none', 0),
    tokenCacheMaxDurationMs: duration('token-cache-max-duration', 3_600_000, 'longest time that a token is kept'),
  }
}

function watchFlags(command: Command) {
  const bool = (name: string, value: boolean, description: string): FlagReader<boolean> =>
    declareFlag(command, { name, default: value, description, parse: booleanFlag })
  const selector = (name: string, value: string, description: string): FlagReader<string> =>
    declareFlag(command, { name, default: value, description, parse: selectorFlag })
  return {
    watchAllNamespaces: bool('watch-all-namespaces', true, 'watch all namespaces; false: only that of the controller'),
    watchLabelSelector: selector('watch-label-selector', '', 'reconcile only objects with these labels (sharding)'),
    watchConfigsLabelSelector: selector(
      'watch-configs-label-selector',
      'reconcile.fluxcd.io/watch=Enabled',
      'ConfigMaps and Secrets whose changes count',
    ),
    noCrossNamespaceRefs: bool('no-cross-namespace-refs', false, 'refuse references to objects of other namespaces'),
  }
}

function outsideFlags(command: Command, settings: CommonFlagsOptions) {
  const { env = {}, controller, tempDir, ownEventsAddr = false } = settings
  const listen = (name: string, value: string, description: string, variable?: string): FlagReader<string> =>
    declareFlag(command, {
      name,
      default: value,
      description,
      parse: (flag, text) => (parseListenAddress(flag, text), text),
      ...(variable === undefined ? {} : { env: variable }),
    })
  const text = (name: string, value: string, description: string): FlagReader<string> =>
    declareFlag(command, { name, default: value, description, parse: textFlag })
  const count = (name: string, value: number, description: string, min: number): FlagReader<number> =>
    declareFlag(command, { name, default: value, description, parse: integerFlag(min) })
  return {
    metricsAddr: listen('metrics-addr', ':8080', 'address of the metrics endpoint, 0 for none', env.metricsAddr),
    healthAddr: listen('health-addr', ':9440', 'address of the probes, 0 for none'),
    eventsAddr: ownEventsAddr ? () => '' : eventsFlag(command, env.eventsAddr),
    ...natsFlags(command),
    spoolDir: text(
      'spool-dir',
      `${tempDir}/tidelock-${controller}-events`,
      'directory of events that are not delivered yet',
    ),
    spoolMaxBytes: count('spool-max-bytes', 64 << 20, 'bound of the space that these events take', 1 << 20),
    kubeconfig: text('kubeconfig', '', 'path of a kubeconfig; without it the account of the pod is used'),
    kubeApiQps: declareFlag(command, {
      name: 'kube-api-qps',
      default: 50,
      description: 'requests a second to an API server without priority and fairness',
      parse: numberFlag(1),
    }),
    kubeApiBurst: count('kube-api-burst', 300, 'requests at once to an API server without priority and fairness', 1),
    level: declareFlag<LogOptions['level']>(command, {
      name: 'log-level',
      default: 'info',
      description: 'trace, debug, info or error',
      parse: wordFlag(['trace', 'debug', 'info', 'error'] as const),
    }),
    encoding: declareFlag<LogOptions['encoding']>(command, {
      name: 'log-encoding',
      default: 'json',
      description: 'json or console',
      parse: wordFlag(['json', 'console'] as const),
    }),
  }
}

function natsFlags(command: Command) {
  const text = (name: string, description: string): FlagReader<string> =>
    declareFlag(command, { name, default: '', description, parse: textFlag })
  const count = (name: string, value: number, description: string, min: number): FlagReader<number> =>
    declareFlag(command, { name, default: value, description, parse: integerFlag(min) })
  return {
    natsUrl: text('nats-url', 'NATS servers that events are published to'),
    natsSeedFile: text('nats-seed-file', 'file with the nkey seed for NATS'),
    natsCaFile: text('nats-ca-file', 'file with the authority of NATS; by default those of the system'),
    natsCertFile: text('nats-cert-file', 'file with a client certificate for NATS'),
    natsKeyFile: text('nats-key-file', 'file with the key of the client certificate for NATS'),
    natsStreamReplicas: count('nats-stream-replicas', 1, 'servers that each hold the stream, where it is made', 1),
    natsStreamMaxAgeMs: declareFlag(command, {
      name: 'nats-stream-max-age',
      default: 72 * 3_600_000,
      defaultText: formatDuration(72 * 3_600_000),
      description: 'how long the stream keeps events, where it is made',
      parse: durationFlag(60_000),
    }),
    natsStreamMaxBytes: count(
      'nats-stream-max-bytes',
      2 ** 30,
      'bytes that the stream keeps, where it is made',
      1 << 20,
    ),
  }
}

function eventsFlag(command: Command, variable: string | undefined): FlagReader<string> {
  return declareFlag(command, {
    name: 'events-addr',
    default: '',
    description: 'URL that events are posted to',
    parse: urlFlag,
    ...(variable === undefined ? {} : { env: variable }),
  })
}

function electionFlags(command: Command) {
  const bool = (name: string, value: boolean, description: string): FlagReader<boolean> =>
    declareFlag(command, { name, default: value, description, parse: booleanFlag })
  const duration = (name: string, ms: number, description: string): FlagReader<number> =>
    declareFlag(command, { name, default: ms, defaultText: formatDuration(ms), description, parse: durationFlag(1) })
  return {
    enabled: bool('enable-leader-election', false, 'let one of several instances work at a time'),
    releaseOnCancel: bool('leader-election-release-on-cancel', true, 'give up the lease when the process stops'),
    leaseDurationMs: duration('leader-election-lease-duration', 35_000, 'age at which others may take a lease'),
    renewDeadlineMs: duration(
      'leader-election-renew-deadline',
      30_000,
      'time in which the leader must renew its lease',
    ),
    retryPeriodMs: duration('leader-election-retry-period', 5000, 'time between tries to renew or take the lease'),
  }
}

function checkTogether(options: CommonOptions): void {
  const { leaderElection, runtimeNamespace, minRetryDelayMs, maxRetryDelayMs } = options
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = leaderElection
  const problem = (text: string): RuntimeError => new RuntimeError('FlagInvalid', text)
  if (minRetryDelayMs > maxRetryDelayMs) throw problem('--min-retry-delay must not be above --max-retry-delay')
  if (leaseDurationMs <= renewDeadlineMs)
    throw problem('--leader-election-lease-duration must be above --leader-election-renew-deadline')
  if (renewDeadlineMs <= retryPeriodMs * 1.2)
    throw problem('--leader-election-renew-deadline must be above 1.2 times --leader-election-retry-period')
  if (runtimeNamespace !== '') return
  if (leaderElection.enabled) throw problem('--enable-leader-election needs the environment variable RUNTIME_NAMESPACE')
  if (!options.watchAllNamespaces)
    throw problem('--watch-all-namespaces=false needs the environment variable RUNTIME_NAMESPACE')
}
