// SPDX-License-Identifier: Apache-2.0
import { formatKey, kustomizeGroup, systemClock, toKey } from '@tidelock/api'
import type { KubeObject, Kustomization } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { formatRef, refOf } from '@tidelock/kube'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { DiffOptions, DiffResult, ResourceManager } from '@tidelock/ssa'
import { CliError } from '../errors.ts'
import { isKustomization } from '../rendering/kustomization-file.ts'
import { asInCluster, directoryOf, renderKustomization } from '../rendering/session.ts'
import type { RenderingSession } from '../rendering/session.ts'
import { asSopsDiff } from './sops-diff.ts'

/** What applying would do to one object, in the order in which it is printed. */
export type Line =
  | { readonly kind: 'created' | 'deleted' | 'skipped'; readonly subject: string; readonly note?: string }
  /** Without sides: the live object may not be read. */
  | {
      readonly kind: 'drifted'
      readonly subject: string
      readonly sides?: readonly [live: KubeObject, merged: KubeObject]
    }
  /** The lines of a Kustomization that this one renders. */
  | { readonly kind: 'nested'; readonly subject: string; readonly lines: readonly Line[] }
  | { readonly kind: 'remote'; readonly subject: string }

/** A comparison of a Kustomization with the cluster. */
export interface KustomizationDiff {
  readonly lines: readonly Line[]
  /** Objects that could not be compared; nothing is then said of what would be deleted. */
  readonly errors: readonly Error[]
}

/** A session that has a cluster, and where it tells how far it is. */
export interface DiffSession extends RenderingSession {
  readonly client: KubeClient
  readonly onProgress: (text: string) => void
}

/** Dry runs at a time. */
const concurrency = 8

/**
 * Renders a Kustomization from a local directory and asks the API server, by a dry run of every object as the controller's field
 * manager, what applying it would change. Writes nothing.
 */
export async function diffKustomization(
  session: DiffSession,
  obj: Kustomization,
  directory: string,
  above: ReadonlySet<string> = new Set(),
): Promise<KustomizationDiff> {
  const name = formatKey(toKey(obj))
  session.onProgress(`rendering ${name}`)
  const objects = await renderKustomization(session, obj, directory)
  const { compileIgnoreRules } = await import('@tidelock/kustomize-controller')
  const { commonMetadata, force, prune } = obj.spec
  const manager = await createManager(session, obj)
  const options = { force: force === true, ignore: compileIgnoreRules(obj) }
  const namespaces = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name))
  let done = 0
  const outcomes = await mapInOrder(objects, async (object) => {
    const outcome = await diffObject(session, { manager, commonMetadata, options, namespaces }, object)
    session.onProgress(`dry run of ${name}: ${++done} of ${objects.length} objects`)
    return outcome
  })
  const lines: Line[] = []
  const errors: Error[] = []
  const chain = new Set([...above, name])
  for (const outcome of outcomes) {
    if (outcome instanceof Error) {
      errors.push(outcome)
      continue
    }
    if (outcome.line !== undefined) lines.push(outcome.line)
    const nested = await diffNested(session, outcome, chain)
    lines.push(...nested.lines)
    errors.push(...nested.errors)
  }
  if (errors.length > 0 || !prune) return { lines, errors }
  const compared = outcomes.flatMap((outcome) => (outcome instanceof Error ? [] : [outcome.ref]))
  return { lines: [...lines, ...(await staleLines(obj, compared))], errors }
}

interface Outcome {
  readonly object: KubeObject
  readonly ref: ObjectRef
  readonly action: DiffResult['action']
  readonly line: Line | undefined
}

interface Comparison {
  readonly manager: ResourceManager
  readonly commonMetadata: Kustomization['spec']['commonMetadata']
  readonly options: DiffOptions
  /** Namespaces that the Kustomization itself brings. */
  readonly namespaces: ReadonlySet<string>
}

async function createManager({ client }: DiffSession, obj: Kustomization): Promise<ResourceManager> {
  const { ResourceManager } = await import('@tidelock/ssa')
  const owner = { fieldManager: 'kustomize-controller', labelGroup: kustomizeGroup, ...toKey(obj) }
  return new ResourceManager({ client, owner, clock: systemClock })
}

async function diffObject(
  { signal, secrets }: DiffSession,
  { manager, commonMetadata, options, namespaces }: Comparison,
  object: KubeObject,
): Promise<Outcome | Error> {
  const [prepared = object] = manager.prepare([object], commonMetadata)
  try {
    const result = asSopsDiff(prepared, await manager.diff(prepared, options, signal))
    return { object, ref: result.object, action: result.action, line: toLine(result) }
  } catch (error) {
    signal.throwIfAborted()
    const { namespace = '' } = object.metadata
    if (namespaces.has(namespace) && errorMessage(error).includes(`namespaces "${namespace}" not found`)) {
      const ref = refOf(object)
      const line = {
        kind: 'created',
        subject: formatRef(ref),
        note: 'not validated: its namespace does not exist yet',
      } as const
      return { object, ref, action: 'created', line }
    }
    return new CliError('DiffFailed', secrets.hide(await explain(error)))
  }
}

/** The controller's words, with what to do about it. */
async function explain(refusal: unknown): Promise<string> {
  const [{ describeApplyError, grantsFor }, { ApplyError }] = await Promise.all([
    import('@tidelock/kustomize-controller'),
    import('@tidelock/ssa'),
  ])
  const message = refusal instanceof ApplyError ? describeApplyError(refusal) : errorMessage(refusal)
  const grants = grantsFor(message)
  return grants === '' ? message : `${message}\n${grants}`
}

function toLine({ action, subject, live, merged }: DiffResult): Line | undefined {
  if (action === 'unchanged') return undefined
  if (action !== 'configured') return { kind: action, subject }
  const kind = 'drifted'
  if (live === undefined || merged === undefined) return { kind, subject }
  return { kind, subject, sides: [withoutServerFields(live), withoutServerFields(merged)] }
}

/** Without what the server changes by itself at every write, and what is no concern of apply. */
function withoutServerFields({ status: _status, ...object }: KubeObject): KubeObject {
  const { generation: _generation, resourceVersion: _version, ...metadata } = object.metadata
  return { ...object, metadata }
}

const nothing: KustomizationDiff = { lines: [], errors: [] }

/** The comparison of a Kustomization that is among the objects; one that is new brings its objects only once it is there. */
async function diffNested(
  session: DiffSession,
  { object, action }: Outcome,
  above: ReadonlySet<string>,
): Promise<KustomizationDiff> {
  if (!session.options.recursive || !isKustomization(object) || action === 'created') return nothing
  if (above.has(formatKey(toKey(object)))) return nothing
  const subject = formatRef(refOf(object))
  if (object.spec.kubeConfig !== undefined) return { lines: [{ kind: 'remote', subject }], errors: [] }
  try {
    const nested = await diffKustomization(
      session,
      await asInCluster(session, object),
      directoryOf(session, object),
      above,
    )
    const { lines, errors } = nested
    return { lines: lines.some(isChange) ? [{ kind: 'nested', subject, lines }] : [], errors }
  } catch (error) {
    session.signal.throwIfAborted()
    return { lines: [], errors: [error as Error] }
  }
}

/** Whether a line says that applying would change something. */
export function isChange({ kind }: Line): boolean {
  return kind !== 'skipped' && kind !== 'remote'
}

async function staleLines({ status }: Kustomization, compared: readonly ObjectRef[]): Promise<Line[]> {
  const { diffInventory, parseEntry, toInventory } = await import('@tidelock/ssa')
  const stale = diffInventory(status?.inventory?.entries ?? [], toInventory(compared))
  return stale.map((entry) => ({ kind: 'deleted', subject: formatRef(parseEntry(entry)) }))
}

/** Maps with a bounded number of calls at a time; results keep the order. */
async function mapInOrder<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await map(item)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  return results
}
