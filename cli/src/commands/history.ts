// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@tidelock/api'
import { readHistory } from '@tidelock/bus'
import type { ReceivedEvent } from '@tidelock/bus'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { formatFluxTable } from '../output/flux-table.ts'
import { namespaceOf } from './cluster-flags.ts'
import type { ClusterFlags } from './cluster-flags.ts'
import { parseFor } from './events/flux-kinds.ts'
import { durationFlag } from './flag-values.ts'
import { addBusFlags, openBus } from './history/open-bus.ts'
import type { BusFlags } from './history/open-bus.ts'
import { historySubject } from './history/subject.ts'

interface HistoryFlags extends BusFlags {
  readonly allNamespaces?: boolean
  readonly for?: string
  readonly severity?: 'info' | 'error'
  readonly since?: string
  readonly limit: number
  readonly watch?: boolean
  readonly output?: 'json'
}

const examples = `
Examples:
  tidelock history -A --severity error
  tidelock history --for Kustomization/apps --since 24h
  tidelock history -A --watch -o json`

/** `tidelock history`: the events that the bus keeps, also those that the Kubernetes API has dropped. */
export function addHistoryCommand(program: Command, environment: Environment): void {
  const command = program
    .command('history')
    .description('show the events that the bus keeps, also those that Kubernetes has forgotten')
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('--for <kind/name>', 'of one object, or of one kind')
    .addOption(new Option('--severity <severity>', 'of this severity only').choices(['info', 'error']))
    .option('--since <duration>', 'of so long ago at most: 90s, 24h', durationFlag)
    .option('--limit <number>', 'so many at most, the newest', limitFlag, 1000)
    .option('-w, --watch', 'go on with new ones, until --timeout')
    .addOption(new Option('-o, --output <format>', 'the events themselves, one a line').choices(['json']))
    .addHelpText('after', examples)
    .action((flags: HistoryFlags, self: Command) => showHistory(flags, self, environment))
  addBusFlags(command)
}

function limitFlag(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number above 0.')
}

async function showHistory(flags: HistoryFlags, command: Command, environment: Environment): Promise<void> {
  const { out, err } = environment
  const namespace = flags.allNamespaces === true ? undefined : namespaceOf(command, environment)
  const selector = flags.for === undefined ? undefined : parseFor(flags.for)
  const subject = historySubject({ severity: flags.severity, kind: selector?.kind, name: selector?.name, namespace })
  const late = AbortSignal.timeout(parseDuration(command.optsWithGlobals<ClusterFlags>().timeout))
  const signal = AbortSignal.any([environment.signal, late])
  await using bus = await openBus(flags, environment)
  const { connection } = bus
  const since = flags.since === undefined ? {} : { sinceMs: Date.now() - parseDuration(flags.since) }
  const show = createPrinter(flags, out)
  const newest: ReceivedEvent[] = []
  for await (const received of readHistory({ connection, subject, ...since, follow: flags.watch === true, signal })) {
    if (flags.watch === true) show([received])
    else newest.push(received)
    if (newest.length > flags.limit) newest.shift()
  }
  environment.signal.throwIfAborted()
  if (flags.watch === true) return
  if (late.aborted)
    throw new CliError('TimedOut', 'the bus did not hand out all events in time: give a longer --timeout')
  if (newest.length > 0) return show(newest)
  err(namespace === undefined ? '✗ No events found.\n' : `✗ No events found in ${namespace} namespace.\n`)
}

function createPrinter(flags: HistoryFlags, out: Environment['out']): (events: readonly ReceivedEvent[]) => void {
  if (flags.output === 'json')
    return (events) => out(events.map(({ id, event }) => `${JSON.stringify({ id, ...event })}\n`).join(''))
  const isSpread = flags.allNamespaces === true
  const titles = [...(isSpread ? ['Namespace'] : []), 'Time', 'Severity', 'Reason', 'Object', 'Message']
  let header: readonly string[] | undefined = titles
  return (events) => {
    out(
      formatFluxTable(
        header,
        events.map((received) => toRow(received, isSpread)),
      ),
    )
    header = undefined
  }
}

function toRow({ event }: ReceivedEvent, isSpread: boolean): readonly string[] {
  const { involvedObject, timestamp, severity, reason, message } = event
  const { kind = '', name = '', namespace = '' } = involvedObject
  return [...(isSpread ? [namespace] : []), timestamp, severity, reason, `${kind}/${name}`, message]
}
