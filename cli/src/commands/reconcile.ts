// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises'
import {
  apiVersionOf,
  formatDuration,
  kustomizationKind,
  parseDuration,
  reconcileRequestAnnotation,
} from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { durationFlag } from './flag-values.ts'
import { parseKind, readyOf } from './kinds.ts'
import type { CommandKind, Listed } from './kinds.ts'

interface ReconcileFlags {
  namespace: string
  withSource?: boolean
  timeout: string
}

interface Request {
  readonly kind: CommandKind
  readonly ref: ObjectRef
  readonly timeoutMs: number
}

const pollMs = 100
const examples = `
Examples:
  tidelock reconcile source git fleet
  tidelock reconcile kustomization fleet --with-source`

/** `tidelock reconcile <kind> <name>`: asks for a run now and waits for its end, as `flux reconcile` does. */
export function addReconcileCommand(program: Command, environment: Environment): void {
  program
    .command('reconcile')
    .description('ask for a run now and wait until it ended: source git <name>, kustomization <name>')
    .argument('<kind...>', 'a kind and a name: source git NAME | kustomization NAME')
    .addHelpText('after', examples)
    .option('-n, --namespace <namespace>', 'namespace of the object', 'flux-system')
    .option('--with-source', 'reconcile the source of a kustomization first')
    .option('--timeout <duration>', 'how long to wait', durationFlag, '5m')
    .action(async (words: string[], flags: ReconcileFlags, command: Command) => {
      const { kind, rest } = parseKind(words)
      const [name] = rest
      if (name === undefined || rest.length > 1)
        throw new CliError('UsageInvalid', `name one ${kind.kind.kind}: tidelock reconcile ${words.join(' ')} <name>`)
      if (flags.withSource === true && kind.kind !== kustomizationKind)
        throw new CliError('UsageInvalid', `--with-source: a ${kind.kind.kind} has no source; leave it out`)
      await using connection = await connect(command, environment)
      const request = toRequest(kind, flags.namespace, name, parseDuration(flags.timeout))
      if (flags.withSource === true) await reconcileSource(connection.client, request, environment)
      await reconcile(connection.client, request, environment)
    })
}

function toRequest(kind: CommandKind, namespace: string, name: string, timeoutMs: number): Request {
  return { kind, ref: { apiVersion: apiVersionOf(kind.kind), kind: kind.kind.kind, namespace, name }, timeoutMs }
}

const nameOf = ({ kind, namespace, name }: ObjectRef): string => `${kind}/${namespace}/${name}`

async function reconcileSource(client: KubeClient, request: Request, environment: Environment): Promise<void> {
  const { spec } = await client.get<Listed>(request.ref, { signal: environment.signal })
  const source = spec?.sourceRef
  if (source === undefined)
    throw new CliError('UsageInvalid', `${nameOf(request.ref)} names no source: leave --with-source out`)
  const { kind } = parseKind([source.kind.toLowerCase()])
  await reconcile(
    client,
    toRequest(kind, source.namespace ?? request.ref.namespace ?? '', source.name, request.timeoutMs),
    environment,
  )
}

async function reconcile(
  client: KubeClient,
  { kind, ref, timeoutMs }: Request,
  environment: Environment,
): Promise<void> {
  const { err, signal } = environment
  const before = await client.get<Listed>(ref, { signal })
  if (before.spec?.suspend === true)
    throw new CliError('NotReady', `${nameOf(ref)} is suspended: set spec.suspend to false first`)
  err(`► annotating ${ref.kind} ${ref.name} in ${ref.namespace} namespace\n`)
  const body = { metadata: { annotations: { [reconcileRequestAnnotation]: new Date().toISOString() } } }
  await client.patch(ref, { type: 'merge', body, fieldManager: 'tidelock', signal })
  err(`✔ ${ref.kind} annotated\n◎ waiting for ${ref.kind} reconciliation\n`)
  const after = await waitHandled(client, ref, before.status?.lastHandledReconcileAt, timeoutMs, signal)
  const { status, message } = readyOf(after)
  if (status !== 'True') throw new CliError('NotReady', `${ref.kind} reconciliation failed: ${message}`)
  err(`✔ ${ref.kind === 'GitRepository' ? 'fetched' : 'applied'} revision ${kind.revision(after)}\n`)
}

async function waitHandled(
  client: KubeClient,
  ref: ObjectRef,
  handled: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Listed> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const object = await client.get<Listed>(ref, { signal })
    const { status } = object
    const current = status?.observedGeneration === object.metadata.generation || readyOf(object).status === 'False'
    const atWork =
      status?.conditions?.some(({ type, reason }) => type === 'Reconciling' && reason === 'Progressing') === true
    if (status?.lastHandledReconcileAt !== handled && current && !atWork) return object
    if (Date.now() > deadline)
      throw new CliError(
        'TimedOut',
        `${nameOf(ref)} was not reconciled within ${formatDuration(timeoutMs)} (--timeout): ${readyOf(object).message}`,
      )
    await delay(pollMs, undefined, { signal })
  }
}
