// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, Kustomization, SubstituteReference } from '@tidelock/api'
import { errorMessage, hasCode } from '@tidelock/errors'
import { normaliseValue, substituteVariables } from '@tidelock/envsubst'
import type { BuiltObject } from '@tidelock/kustomize-wasm'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { formatGvk } from '../format-gvk.ts'
import type { SecretValues } from '../secret-values.ts'
import { versionOf } from '../skip/input-version.ts'
import type { InputVersion } from '../skip/input-version.ts'

const optOut = 'kustomize.toolkit.fluxcd.io/substitute'

interface ConfigObject extends KubeObject {
  data?: Record<string, string>
}

/** Where variables come from, and where those of Secrets are noted so that nothing quotes them. */
export interface VariableSources {
  readonly client: Pick<KubeClient, 'find'>
  readonly secrets: SecretValues
  readonly signal: AbortSignal
  /** Gets the version of each object that was read, in order, absent ones too. */
  readonly versions?: InputVersion[]
}

/** The objects of `spec.postBuild.substituteFrom`, in their order. */
export function variableRefs({ spec: { postBuild }, metadata: { namespace = '' } }: Kustomization): ObjectRef[] {
  return (postBuild?.substituteFrom ?? []).map((reference) => refOfVariables(namespace, reference))
}

function refOfVariables(namespace: string, { kind, name }: SubstituteReference): ObjectRef {
  return { apiVersion: 'v1', kind, namespace, name }
}

/**
 * All variables of `spec.postBuild`: substituteFrom in order, later ones win, then substitute. Undefined when nothing is to be
 * substituted: no postBuild, or no variable without the strategy Always. Throws when a reference that is not optional is missing.
 */
export async function readVariables(
  { spec: { postBuild }, metadata: { namespace = '' } }: Kustomization,
  sources: VariableSources,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (postBuild === undefined) return undefined
  const variables = new Map<string, string>()
  for (const reference of postBuild.substituteFrom ?? []) {
    for (const [name, value] of await readReference(namespace, reference, sources)) {
      if (reference.kind === 'Secret') sources.secrets.add(normaliseValue(value))
      variables.set(name, normaliseValue(value))
    }
  }
  for (const [name, value] of Object.entries(postBuild.substitute ?? {})) variables.set(name, normaliseValue(value))
  return variables.size > 0 || postBuild.substituteStrategy === 'Always' ? variables : undefined
}

async function readReference(
  namespace: string,
  reference: SubstituteReference,
  { client, signal, versions }: VariableSources,
): Promise<[string, string][]> {
  const { kind, name, optional } = reference
  const ref = refOfVariables(namespace, reference)
  const found = await client.find<ConfigObject>(ref, { signal })
  versions?.push(versionOf(ref, found))
  if (found === undefined) {
    if (optional === true) return []
    throw new Error(`substitute from '${kind}/${name}' error: ${kind.toLowerCase()}s "${name}" not found`)
  }
  const decode = (value: string): string => (kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value)
  return Object.entries(found.data ?? {}).map(([key, value]) => [key, decode(value)])
}

/** The object with its variables replaced in its YAML text, or as it is when a label or annotation opts out. Throws, naming the object. */
export function substituteObject(
  built: BuiltObject,
  variables: ReadonlyMap<string, string>,
  strict: boolean,
): BuiltObject | { readonly substituted: string } {
  const { metadata } = built.object as unknown as KubeObject
  if (metadata.labels?.[optOut] === 'disabled' || metadata.annotations?.[optOut] === 'disabled') return built
  try {
    const substituted = substituteVariables(built.yaml, variables, { strict })
    return substituted === built.yaml ? built : { substituted }
  } catch (cause) {
    const cure = hasCode(cause, 'InvalidName')
      ? ' (rename this key of spec.postBuild, or of what its substituteFrom names)'
      : ''
    throw postBuildError(built, `envsubst error: ${errorMessage(cause)}${cure}`, cause)
  }
}

/** What went wrong with the variables of an object, in Flux's words. */
export function postBuildError({ object }: BuiltObject, message: string, cause: unknown): Error {
  const { apiVersion, kind, metadata } = object as unknown as KubeObject
  return new Error(`post build failed for '${formatGvk(apiVersion, kind)}/${metadata.name}': ${message}`, { cause })
}
