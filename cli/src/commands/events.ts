// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { connect } from '../connect.ts'
import type { Connection } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { formatFluxTable } from '../output/flux-table.ts'
import { isFluxKind, parseFor } from './events/flux-kinds.ts'
import type { ForSelector, RelatedObject } from './events/flux-kinds.ts'
import { eventKind, eventRow, eventTimeMs } from './events/kubernetes-event.ts'
import type { KubernetesEvent } from './events/kubernetes-event.ts'
import { addWithCommas } from './flag-values.ts'

interface EventsFlags {
  readonly allNamespaces?: boolean
  readonly watch?: boolean
  readonly for?: string
  readonly types?: readonly string[]
}

/** A part of the events that is listed and watched by itself. */
interface Scope {
  readonly namespace?: string
  readonly fieldSelector?: string
}

const examples = `
Examples:
  tidelock events -A
  tidelock events --for Kustomization/apps
  tidelock events --types warning --watch`

/** `tidelock events`: the Kubernetes Events of toolkit objects, and of what they are made from, as `flux events`. */
export function addEventsCommand(program: Command, environment: Environment): void {
  program
    .command('events')
    .description('show Kubernetes Events of sources, Kustomizations and the like')
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('--for <kind/name>', 'of one object and what it is made from, or of one kind')
    .option('--types <list>', 'Normal, Warning', typesFlag)
    .option('-w, --watch', 'go on with new ones, until --timeout')
    .addHelpText('after', examples)
    .action((flags: EventsFlags, command: Command) => showEvents(flags, command, environment))
}

function typesFlag(text: string, before: readonly string[] = []): readonly string[] {
  const types = addWithCommas(text, before)
  const wrong = types.find((type) => !/^(normal|warning)$/i.test(type))
  if (wrong === undefined) return types.map((type) => type.toLowerCase())
  throw new InvalidArgumentError(`Type '${wrong}' not supported. Supported types are Normal, Warning.`)
}

async function showEvents(flags: EventsFlags, command: Command, environment: Environment): Promise<void> {
  const selector = flags.for === undefined ? undefined : parseFor(flags.for)
  await using connection = await connect(command, environment)
  const { client, namespace } = connection
  const { out, err, signal } = environment
  const related = selector?.name === undefined ? [] : await findRelated(selector, connection, signal)
  const scopes = [ownScope(flags, selector, namespace), ...related.map(relatedScope)]
  const isSpread = flags.allNamespaces === true || related.some((each) => each.namespace !== namespace)
  const isShown = (event: KubernetesEvent): boolean =>
    isFluxKind(event.involvedObject?.kind) && flags.types?.includes(event.type?.toLowerCase() ?? '') !== false
  const titles = [...(isSpread ? ['Namespace'] : []), 'Last seen', 'Type', 'Reason', 'Object', 'Message']
  const toRow = (event: KubernetesEvent): readonly string[] => [
    ...(isSpread ? [event.metadata.namespace ?? ''] : []),
    ...eventRow(event, Date.now()),
  ]
  if (flags.watch === true) {
    let header: readonly string[] | undefined = titles
    return await watchAll(scopes, connection, signal, (event) => {
      if (!isShown(event)) return
      out(formatFluxTable(header, [toRow(event)]))
      header = undefined
    })
  }
  const lists = await Promise.all(scopes.map((scope) => client.list<KubernetesEvent>(eventKind, { ...scope, signal })))
  const events = lists.flatMap(({ items }) => items).filter(isShown)
  if (events.length === 0)
    return err(flags.allNamespaces === true ? '✗ No events found.\n' : `✗ No events found in ${namespace} namespace.\n`)
  out(formatFluxTable(titles, events.toSorted((a, b) => eventTimeMs(a) - eventTimeMs(b)).map(toRow)))
}

function ownScope(flags: EventsFlags, selector: ForSelector | undefined, namespace: string): Scope {
  return {
    ...(flags.allNamespaces === true ? {} : { namespace }),
    ...(selector === undefined ? {} : { fieldSelector: fieldsOf(selector.kind, selector.name) }),
  }
}

function relatedScope({ kind, name, namespace }: RelatedObject): Scope {
  return { namespace, fieldSelector: fieldsOf(kind, name) }
}

function fieldsOf(kind: string, name: string | undefined): string {
  return `involvedObject.kind=${kind}${name === undefined ? '' : `,involvedObject.name=${name}`}`
}

async function findRelated(
  { kind, apiVersion, name = '', related }: ForSelector,
  { client, namespace }: Connection,
  signal: AbortSignal,
): Promise<readonly RelatedObject[]> {
  if (apiVersion === undefined || related === undefined) return []
  const { spec = {} } = await client.get<KubeObject & { spec?: object }>(
    { apiVersion, kind, namespace, name },
    { signal },
  )
  return related(spec, namespace, name)
}

async function watchAll(
  scopes: readonly Scope[],
  { client, timeoutMs }: Connection,
  signal: AbortSignal,
  show: (event: KubernetesEvent) => void,
): Promise<void> {
  const ended = scopes.map(async (scope) => {
    const session = await client.watch(
      eventKind,
      { ...scope, timeoutMs, idleMs: timeoutMs, signal },
      { event: ({ type, object }) => (type === 'ADDED' || type === 'MODIFIED' ? show(object) : undefined) },
    )
    const { error } = await session.ended
    if (error !== undefined) throw error
  })
  await Promise.all(ended)
}
