// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, formatKey, kustomizationKind, kustomizeGroup, toKey } from '@tidelock/api'
import type { KubeObject, Kustomization, ObjectKey } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { KubeClient } from '@tidelock/kube'
import type { RemoteBases, SecretValues } from '@tidelock/kustomize-controller'
import type { KustomizeEngine } from '@tidelock/kustomize-wasm'
import { join } from 'node:path'
import { CliError } from '../errors.ts'
import { readKustomizationFile } from './kustomization-file.ts'
import { openLocalDirectory } from './local-directory.ts'
import { maskSops } from './mask-sops.ts'

/** What `build` and `diff` were told. */
export interface RenderingOptions {
  readonly key: ObjectKey
  /** Absolute. */
  readonly path: string
  /** Absolute; undefined: the Kustomization is read from the cluster. */
  readonly kustomizationFile: string | undefined
  readonly ignorePaths: readonly string[]
  readonly strictSubstitution: boolean
  readonly recursive: boolean
  /** Absolute directory by `Kind/namespace/name` of a source. */
  readonly localSources: ReadonlyMap<string, string>
  /** Whether a Kustomization that the cluster does not have is fine if a file describes it. */
  readonly ignoreNotFound: boolean
}

/** What one command works with. */
export interface RenderingSession {
  readonly options: RenderingOptions
  readonly engine: KustomizeEngine
  /** Fetches what kustomizations name by URL, within the time that the command has. */
  readonly remotes: RemoteBases
  readonly timeoutMs: number
  /** Undefined: no cluster is asked, and variables of ConfigMaps and Secrets stay unset. */
  readonly client: KubeClient | undefined
  /** Values of Secrets that were substituted: no error quotes them. */
  readonly secrets: SecretValues
  readonly signal: AbortSignal
}

/** The Kustomization that the command names: from its file, else from the cluster; with the status of the one in the cluster. */
export async function readKustomization(session: RenderingSession): Promise<Kustomization> {
  const { key, kustomizationFile, ignoreNotFound } = session.options
  const file = kustomizationFile === undefined ? undefined : await readKustomizationFile(kustomizationFile, key)
  const live = await findKustomization(session, key)
  const isMissing = live === undefined && session.client !== undefined
  if (isMissing && !(file !== undefined && ignoreNotFound)) throw notFound(key)
  if (file === undefined) return live ?? unreachable()
  return withStatusOf(file, live)
}

/** A Kustomization that another one renders, with the status that it has in the cluster. Its spec is the rendered one: that is what it will be. */
export async function asInCluster(session: RenderingSession, rendered: Kustomization): Promise<Kustomization> {
  return withStatusOf(rendered, await findKustomization(session, toKey(rendered)))
}

/** The local directory of a Kustomization that another one renders. Throws `UsageInvalid` when `--local-sources` lacks its source. */
export function directoryOf({ options }: RenderingSession, { metadata, spec }: Kustomization): string {
  const { kind, name, namespace = metadata.namespace } = spec.sourceRef
  const source = `${kind}/${namespace ?? ''}/${name}`
  const directory = options.localSources.get(source)
  if (directory !== undefined) return join(directory, spec.path ?? '.')
  const cure = `add --local-sources ${source}=<directory>`
  throw new CliError('UsageInvalid', `cannot get local path for ${source} of kustomization ${metadata.name}: ${cure}`)
}

/**
 * The objects that the controller would apply for a Kustomization if the directory were `spec.path` of its source: built,
 * substituted, with owner labels and common metadata. What SOPS encrypted is masked instead of decrypted.
 */
export async function renderKustomization(
  session: RenderingSession,
  obj: Kustomization,
  directory: string,
): Promise<readonly KubeObject[]> {
  const { engine, client, remotes, timeoutMs, secrets, signal, options } = session
  // loaded late, as everything that help and bad usage need not wait for
  const { readVariables, render } = await import('@tidelock/kustomize-controller')
  const { withCommonMetadata, withOwnerLabels } = await import('@tidelock/ssa')
  const local = await openLocalDirectory(directory, options.ignorePaths, signal)
  const owner = { fieldManager: 'kustomize-controller', labelGroup: kustomizeGroup, ...toKey(obj) }
  const readAll = (): ReturnType<typeof readVariables> =>
    client === undefined
      ? readVariables(withoutReferences(obj), { client: noClient, secrets, signal })
      : readVariables(obj, { client, secrets, signal })
  try {
    using fetching = remotes.session(timeoutMs)
    const { strictSubstitution } = options
    const request = { ...local, spec: obj.spec, remotes: fetching, readVariables: readAll, strictSubstitution }
    const { objects } = await render(engine, request, signal)
    return objects.map((object) =>
      withCommonMetadata(maskSops(withOwnerLabels(object, owner)), obj.spec.commonMetadata ?? {}),
    )
  } catch (cause) {
    signal.throwIfAborted()
    const message = secrets
      .hide(errorMessage(cause))
      .replaceAll(/\/artifact(?=\/|')/g, local.root === '/' ? '' : local.root)
    throw new CliError('BuildFailed', `${formatKey(toKey(obj))}: ${message}`)
  }
}

const noClient = { find: () => unreachable() }

function withoutReferences(obj: Kustomization): Kustomization {
  const { postBuild, ...spec } = obj.spec
  if (postBuild === undefined) return obj
  const { substituteFrom: _from, ...rest } = postBuild
  return { ...obj, spec: { ...spec, postBuild: rest } }
}

async function findKustomization(
  { client, signal }: RenderingSession,
  key: ObjectKey,
): Promise<Kustomization | undefined> {
  const ref = { apiVersion: apiVersionOf(kustomizationKind), kind: kustomizationKind.kind, ...key }
  return client?.find<Kustomization>(ref, { signal })
}

function withStatusOf(obj: Kustomization, live: Kustomization | undefined): Kustomization {
  const { status: _own, ...rest } = obj
  return live?.status === undefined ? rest : { ...rest, status: live.status }
}

function notFound({ name }: ObjectKey): CliError {
  const message = `failed to get kustomization object: kustomizations.${kustomizeGroup} "${name}" not found`
  return new CliError('NotFound', message)
}

function unreachable(): never {
  throw new Error('no cluster is asked in a dry run')
}
