// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { sourceTimeout } from '@tidelock/api'
import type { OCIRepository } from '@tidelock/api'
import type { Descriptor, FetchedImage, RepositoryClient } from '@tidelock/oci'
import type { Progress, ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Checked, Fetched, SourceAdapter } from '../skeleton/adapter.ts'
import { fetchFailed } from '../skeleton/failures.ts'
import { ownerName } from '../skeleton/owner-name.ts'
import { markOutdated } from '../skeleton/report.ts'
import { resolveAccess } from './access.ts'
import type { Access, AccessDependencies } from './access.ts'
import { contentConfigChanged, forgetVerification, observeContentConfig } from './content-config.ts'
import { deadlineOf } from './deadline.ts'
import { copyLayer, extractLayer, isCopied, LayerError, selectEntries, selectLayer } from './layer.ts'
import type { RegistryPool } from './registry-pool.ts'
import { selectTag } from './select-tag.ts'
import type { Upstream } from './upstream.ts'
import { needsVerification, verifyArtifact } from './verification.ts'
import type { VerificationAccess } from './verification.ts'
import { ociWords } from './words.ts'

/** What the adapter needs from outside. */
export interface OciAdapterDependencies extends AccessDependencies, VerificationAccess {
  readonly registries: RegistryPool
}

/** OCIRepository on the skeleton of all sources. */
export function createOciAdapter(dependencies: OciAdapterDependencies): SourceAdapter<OCIRepository, Upstream> {
  return {
    check: (ctx, obj, progress) => check(ctx, obj, progress, dependencies),
    fetch: fetchLayer,
    forget: async (obj) => {
      await dependencies.registries.forget(ownerName(obj))
      await dependencies.proxiedAuth.forget(ownerName(obj))
    },
    contentConfigChanged,
    observe: observeContentConfig,
    words: ociWords,
    latestLink: 'latest.tar.gz',
    unchangedEvent: (_obj, { revision }) => ({
      reason: 'ArtifactUpToDate',
      message: `artifact up-to-date with remote revision: '${revision}'`,
    }),
  }
}

async function check(
  ctx: ReconcileContext,
  obj: OCIRepository,
  progress: Progress,
  dependencies: OciAdapterDependencies,
): Promise<Step<Checked<Upstream>>> {
  forgetVerification(obj)
  using deadline = deadlineOf(ctx, sourceTimeout(obj))
  const bounded = { ...ctx, signal: deadline.signal }
  const access = await resolveAccess(bounded, obj, progress, dependencies)
  if (access.kind !== 'next') return access
  await using stack = new AsyncDisposableStack()
  const opened = open(bounded, obj, access.value, dependencies, stack)
  if (opened.kind !== 'next') return opened
  const found = await locate(bounded, obj, opened.value)
  if (found.kind !== 'next') return found
  const { reference, digest } = found.value
  const revision = reference === digest ? digest : `${reference}@${digest}`
  const name = { registry: access.value.settings.registry, path: access.value.path }
  const upstream = { name, repository: opened.value, reference, digest }
  const verified = await verify(bounded, obj, progress, { upstream, revision, access: dependencies })
  if (verified.kind !== 'next') return verified
  const resources = stack.move()
  return next({ revision, upstream, [Symbol.asyncDispose]: () => resources.disposeAsync() })
}

function open(
  ctx: ReconcileContext,
  obj: OCIRepository,
  { settings, path }: Access,
  { registries }: OciAdapterDependencies,
  stack: AsyncDisposableStack,
): Step<RepositoryClient> {
  try {
    const user = { owner: ownerName(obj), namespace: obj.metadata.namespace ?? '' }
    return next(stack.use(registries.acquire(user, settings)).client.repository(path))
  } catch (cause) {
    const error = new Error(`failed to generate transport for '${obj.spec.url}'`, { cause })
    return fetchFailed(ctx, obj, 'AuthenticationFailed', error)
  }
}

/** What the reference means now. A digest that the spec pins is asked for when it is pulled. */
async function locate(
  ctx: ReconcileContext,
  obj: OCIRepository,
  repository: RepositoryClient,
): Promise<Step<Pick<Upstream, 'reference' | 'digest'>>> {
  const { digest = '', semver = '', semverFilter = '', tag = '' } = obj.spec.ref ?? {}
  const { signal } = ctx
  if (digest !== '') return next({ reference: digest, digest })
  let wanted = tag === '' ? 'latest' : tag
  if (semver !== '') {
    try {
      const layerMediaType = obj.spec.layerSelector?.mediaType ?? ''
      const tags = await repository.tags({ signal })
      wanted = await selectTag(tags, { semver, semverFilter, layerMediaType }, signal)
    } catch (cause) {
      const error = new Error(`failed to determine the artifact tag for '${obj.spec.url}'`, { cause })
      return fetchFailed(ctx, obj, 'ReadOperationFailed', error)
    }
  }
  try {
    return next({ reference: wanted, digest: (await repository.resolve(wanted, { signal })).digest })
  } catch (cause) {
    return fetchFailed(ctx, obj, 'OCIArtifactPullFailed', new Error('failed to determine artifact digest', { cause }))
  }
}

async function verify(
  ctx: ReconcileContext,
  obj: OCIRepository,
  progress: Progress,
  checked: { readonly upstream: Upstream; readonly revision: string; readonly access: VerificationAccess },
): Promise<Step<void>> {
  const { revision } = checked
  if (!needsVerification(obj, revision)) return next(undefined)
  const verified = await verifyArtifact(ctx, obj, checked, checked.access)
  if (verified.kind === 'next') return verified
  const message = ociWords.outdated(obj, { ...checked, [Symbol.asyncDispose]: async () => undefined })
  await markOutdated(ctx, obj, progress, { revision, message })
  return verified
}

async function fetchLayer(
  ctx: ReconcileContext,
  obj: OCIRepository,
  { upstream: { repository, digest } }: Checked<Upstream>,
  scratchDir: string,
): Promise<Step<Fetched>> {
  await using stack = new AsyncDisposableStack()
  const deadline = stack.use(deadlineOf(ctx, sourceTimeout(obj)))
  const { signal } = deadline
  let image: FetchedImage
  try {
    image = await repository.image(digest, { signal })
  } catch (cause) {
    const error = new Error(`failed to pull artifact from '${obj.spec.url}'`, { cause })
    return fetchFailed(ctx, obj, 'OCIArtifactPullFailed', error)
  }
  const directory = join(scratchDir, 'layer')
  let layer: Descriptor
  try {
    layer = selectLayer(obj, image.manifest)
    if (!isCopied(obj)) await extractLayer(repository, layer, { directory, signal })
  } catch (error) {
    if (!(error instanceof LayerError)) throw error
    return fetchFailed(ctx, obj, error.code, error)
  }
  const resources = stack.move()
  return next({
    fileName: `${digest}.tar.gz`,
    entries: () => selectEntries(directory, obj, signal),
    ...(isCopied(obj) ? { file: copyLayer(repository, layer, signal) } : {}),
    faultOf: (error) => (error instanceof LayerError ? { reason: error.code, error } : undefined),
    metadata: image.manifest.annotations ?? {},
    description: `digest '${digest}'`,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  })
}
