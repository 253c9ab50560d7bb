// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, KustomizationSpec } from '@tidelock/api'
import { errorMessage, hasCode } from '@tidelock/errors'
import { KustomizeError } from '@tidelock/kustomize-wasm'
import type {
  BuildOverrides,
  BuildRequest,
  BuildResult,
  BuiltObject,
  FinishedObjects,
  KustomizeEngine,
  ReadSet,
  RemoteReader,
} from '@tidelock/kustomize-wasm'
import { postBuildError, substituteObject } from './steps/substitute.ts'

/** What is to be applied, and what it was made of. */
export interface Built {
  readonly objects: readonly KubeObject[]
  /** `sha256:…` of the rendered stream: `status.history[].digest`. */
  readonly digest: string
  readonly readSet: ReadSet
  /** Whether the same inputs make the same objects: a remote base that is not pinned does not. Such a build is never skipped. */
  readonly repeatable: boolean
  /** Of the objects, those that may hold what was decrypted: all of them, where decrypted files went into the build. */
  readonly decrypted: ReadonlySet<KubeObject>
}

/** Makes plain what is encrypted. */
export interface Decryption {
  /** What stands in for encrypted files that a build of this request reads, by path. Throws, naming the file. */
  files(request: BuildRequest): Promise<ReadonlyMap<string, Uint8Array>>
  /** The objects of the build with all that is encrypted in them made plain; one that holds nothing encrypted is the same object. Throws, naming the object. */
  objects(built: readonly BuiltObject[]): Promise<readonly BuiltObject[]>
}

/** What is rendered, and how. */
export interface RenderRequest {
  readonly spec: Pick<KustomizationSpec, keyof BuildOverrides>
  /** The absolute directory of the unpacked artifact. */
  readonly root: string
  /** The directory to build, relative to the root. */
  readonly path: string
  /** What of a local directory is left out; an artifact holds no such thing. See `BuildRequest.ignored`. */
  readonly ignored?: readonly string[]
  /** Absent: what is encrypted stays so. */
  readonly decryption?: Decryption | undefined
  /** All variables to substitute, read once the build has ended; undefined: nothing is substituted. */
  readonly readVariables: () => Promise<ReadonlyMap<string, string> | undefined>
  /** Fetches what the files name by URL, and knows whether it would fetch the same again. Absent: such a build fails. */
  readonly remotes?: (RemoteReader & { readonly repeatable: boolean }) | undefined
  /** Whether a variable without a value is an error. */
  readonly strictSubstitution: boolean
  /** See `BuildRequest`. */
  readonly limits?: Pick<BuildRequest, 'group' | 'timeoutMs'>
}

/**
 * Makes objects of files, for the controller and for `tidelock build` and `diff`: decrypts, builds, substitutes variables, takes lists
 * apart. Throws KustomizeError, in Flux's words, or what `decryption`, `readVariables` and the substitution throw.
 */
export async function render(engine: KustomizeEngine, request: RenderRequest, signal: AbortSignal): Promise<Built> {
  const { root, path, spec, ignored = [], decryption, remotes, limits } = request
  const more = { ...(remotes === undefined ? {} : { remotes }), ...limits }
  const toBuild = { root, path, overrides: toOverrides(spec), ignored, ...more }
  const replaced = await decryption?.files(toBuild)
  const result = await buildAsFlux(engine, replaced === undefined ? toBuild : { ...toBuild, replaced }, signal)
  for (const { object } of result.objects) toKubeObject(object)
  const plain = (await decryption?.objects(result.objects)) ?? result.objects
  const finished = await finish(engine, request, plain, signal)
  const decrypted = new Set<KubeObject>()
  const objects = finished.objects.flatMap(({ object }, index) => {
    const applied = toApplied(toKubeObject(object))
    const isDecrypted = (replaced?.size ?? 0) > 0 || plain[index] !== result.objects[index]
    if (isDecrypted) for (const each of applied) decrypted.add(each)
    return applied
  })
  const repeatable = remotes?.repeatable ?? true
  return { objects, digest: finished.digest, readSet: result.readSet, repeatable, decrypted }
}

/** What Kustomize itself refuses is told with the words that Flux puts before it: people search for them, and alerts filter by them. */
async function buildAsFlux(engine: KustomizeEngine, request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
  try {
    return await engine.build(request, signal)
  } catch (cause) {
    const code = (['BuildFailed', 'PathOutsideRoot', 'RemoteBase'] as const).find((each) => hasCode(cause, each))
    if (code === undefined) throw cause
    throw new KustomizeError(code, `kustomize build failed: ${errorMessage(cause)}`, { cause })
  }
}

async function finish(
  engine: KustomizeEngine,
  { readVariables, strictSubstitution }: RenderRequest,
  built: readonly BuiltObject[],
  signal: AbortSignal,
): Promise<FinishedObjects> {
  const variables = await readVariables().catch((cause: unknown) => {
    // read for each object in Flux, so that the first one is named
    const [first] = built
    throw first === undefined || signal.aborted ? cause : postBuildError(first, errorMessage(cause), cause)
  })
  if (variables === undefined) return engine.finish(built, signal)
  const items = built.map((each) => substituteObject(each, variables, strictSubstitution))
  try {
    return await engine.finish(items, signal)
  } catch (cause) {
    if (!(cause instanceof KustomizeError) || cause.code !== 'InvalidYaml') throw cause
    const broken = built.filter((_each, index) => 'substituted' in (items[index] ?? {}))[Number(cause.details['index'])]
    throw broken === undefined ? cause : postBuildError(broken, `envsubst error: YAMLToJSON: ${cause.message}`, cause)
  }
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

/** What the spec says over the kustomization file. */
const overrideFields = [
  'targetNamespace',
  'namePrefix',
  'nameSuffix',
  'patches',
  'images',
  'components',
  'ignoreMissingComponents',
  'buildMetadata',
] as const satisfies readonly (keyof BuildOverrides)[]

function toOverrides(spec: RenderRequest['spec']): BuildOverrides {
  const given = overrideFields.filter((field) => spec[field] !== undefined)
  return Object.fromEntries(given.map((field) => [field, spec[field]])) as BuildOverrides
}
