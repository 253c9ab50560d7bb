// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@tidelock/api'
import {
  booleanFlag,
  commonFlags,
  controllerCommand,
  declareFlag,
  durationFlag,
  integerFlag,
  parseListenAddress,
  RuntimeError,
} from '@tidelock/runtime'
import type { CommonOptions } from '@tidelock/runtime'
import type { Command } from 'commander'
import { featureGates } from './features.ts'

/** All flags of the notification controller, parsed. */
export interface NotificationOptions extends CommonOptions {
  /** Listen address for events, `--events-addr`. Empty or 0: none. */
  readonly eventsListenAddr: string
  /** Listen address for webhooks. Empty or 0: none. */
  readonly receiverAddr: string
  /** Time in which the same event is taken once. */
  readonly rateLimitIntervalMs: number
  /** How long a message is tried before it becomes a dead letter. */
  readonly deliveryMaxAgeMs: number
  /** Bound of the space that dead letters take, in bytes. */
  readonly deadLettersMaxBytes: number
  /** Whether paths of requests are labels of metrics. */
  readonly exportHttpPathMetrics: boolean
}

type Env = Readonly<Record<string, string | undefined>>

/** Parses the command line by Flux's flags and defaults. Throws with a message that names flag, value and cure. */
export function parseOptions(argv: readonly string[], env: Env, tempDir: string): NotificationOptions {
  const { command, read } = createCommand(tempDir)
  command.parse([...argv], { from: 'user' })
  return read(env)
}

/** The command with all flags declared, and what reads them once it was parsed. The README's table is made from it. */
export function createCommand(tempDir: string): { command: Command; read: (env: Env) => NotificationOptions } {
  const command = controllerCommand('notification-controller', 'tells people about events, and takes webhooks')
  const common = commonFlags(command, {
    gates: featureGates,
    controller: 'notification-controller',
    tempDir,
    ownEventsAddr: true,
  })
  const own = ownFlags(command)
  const read = (env: Env): NotificationOptions => {
    const values = Object.fromEntries(Object.entries(own).map(([name, readFlag]) => [name, readFlag(env)]))
    const options = { ...common(env), ...values } as NotificationOptions
    checkAccount(options)
    return options
  }
  return { command, read }
}

function ownFlags(command: Command) {
  const listen = (name: string, value: string, description: string) =>
    declareFlag(command, {
      name,
      default: value,
      description,
      parse: (flag, text) => (parseListenAddress(flag, text), text),
    })
  const duration = (name: string, ms: number, min: number, description: string) =>
    declareFlag(command, {
      name,
      default: ms,
      defaultText: formatDuration(ms),
      description,
      parse: durationFlag(min),
    })
  return {
    eventsListenAddr: listen('events-addr', ':9090', 'address that events are taken on'),
    receiverAddr: listen('receiverAddr', ':9292', 'address that webhooks are taken on'),
    rateLimitIntervalMs: duration('rate-limit-interval', 300_000, 0, 'time in which the same event is taken once'),
    deliveryMaxAgeMs: duration(
      'delivery-max-age',
      24 * 3_600_000,
      1000,
      'how long a message is tried before it becomes a dead letter',
    ),
    deadLettersMaxBytes: declareFlag(command, {
      name: 'dead-letters-max-bytes',
      default: 64 << 20,
      description: 'bound of the space that dead letters take',
      parse: integerFlag(1 << 20),
    }),
    exportHttpPathMetrics: declareFlag(command, {
      name: 'export-http-path-metrics',
      default: false,
      description: 'paths of requests are labels of metrics: those of webhooks are secrets',
      parse: booleanFlag,
    }),
  }
}

// as Flux: an account that may not be used is a mistake that nobody would notice
function checkAccount({ defaultServiceAccount, features }: NotificationOptions): void {
  if (defaultServiceAccount === '' || features.enabled('ObjectLevelWorkloadIdentity')) return
  const message = '--default-service-account needs --feature-gates=ObjectLevelWorkloadIdentity=true'
  throw new RuntimeError('FlagInvalid', message)
}
