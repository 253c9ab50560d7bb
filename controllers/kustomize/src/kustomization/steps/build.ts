// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval } from '@tidelock/api'
import type { KubeObject, Kustomization } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import type { BuildOverrides, BuiltObject, FinishedObjects, ReadSet } from '@tidelock/kustomize-wasm'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourcedRun } from '../dependencies.ts'
import { readVariables, substituteObject } from './substitute.ts'

/** What is to be applied, and what it was made of. */
export interface Built {
  readonly objects: readonly KubeObject[]
  /** `sha256:…` of the rendered stream: `status.history[].digest`. */
  readonly digest: string
  readonly readSet: ReadSet
}

/** Renders `spec.path` of the unpacked artifact and substitutes variables. */
export async function build(run: SourcedRun, root: string): Promise<Step<Built>> {
  const { ctx, deps, obj } = run
  try {
    const result = await deps.engine.build(
      { root, path: obj.spec.path ?? '.', overrides: toOverrides(obj) },
      ctx.signal,
    )
    const finished = await finish(run, result.objects)
    const objects = finished.objects.flatMap(({ object }) => toApplied(toKubeObject(object)))
    return next({ objects, digest: finished.digest, readSet: result.readSet })
  } catch (cause) {
    if (ctx.signal.aborted) throw cause
    const retryAfterMs = kustomizationRetryInterval(obj)
    if (hasCode(cause, 'PathNotFound')) {
      const error = new Error('kustomization path not found', { cause })
      return { kind: 'failed', reason: 'ArtifactFailed', error, retryAfterMs }
    }
    return { kind: 'failed', reason: 'BuildFailed', error: cause as Error, retryAfterMs }
  }
}

async function finish(run: SourcedRun, built: readonly BuiltObject[]): Promise<FinishedObjects> {
  for (const { object } of built) toKubeObject(object)
  const variables = await readVariables(run)
  if (variables === undefined) return run.deps.engine.finish(built, run.ctx.signal)
  const strict = run.deps.options.strictSubstitution
  const items = built.map((each) => substituteObject(each, variables, strict))
  return run.deps.engine.finish(items, run.ctx.signal)
}

// fluxcd/pkg ssa ReadObjects: lists are taken apart, and a kustomization file among the resources is no object of the cluster
function toApplied(object: KubeObject): KubeObject[] {
  if (object.kind === 'Kustomization' && object.apiVersion.startsWith('kustomize.config.k8s.io/')) return []
  const { items } = object
  if (!Array.isArray(items)) return [object]
  return items.flatMap((item) => toApplied(toKubeObject(item as BuiltObject['object'])))
}

function toKubeObject(object: BuiltObject['object']): KubeObject {
  const { apiVersion, kind, metadata } = object as Partial<KubeObject>
  if (!apiVersion || !kind || !metadata?.name) {
    // names only: the object may be a Secret
    const found = JSON.stringify({ apiVersion, kind, namespace: metadata?.namespace, name: metadata?.name })
    throw new Error(`failed to decode Kubernetes apiVersion, kind and name from: ${found}`)
  }
  return object as unknown as KubeObject
}

function toOverrides({ spec }: Kustomization): BuildOverrides {
  const {
    targetNamespace,
    namePrefix,
    nameSuffix,
    patches,
    images,
    components,
    ignoreMissingComponents,
    buildMetadata,
  } = spec
  const overrides = {
    targetNamespace,
    namePrefix,
    nameSuffix,
    patches,
    images,
    components,
    ignoreMissingComponents,
    buildMetadata,
  }
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)) as BuildOverrides
}
