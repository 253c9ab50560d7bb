// SPDX-License-Identifier: Apache-2.0
import type { Artifact, GitRepository } from '@tidelock/api'
import type { ArtifactStore } from '@tidelock/artifact'
import { fetchSubmodules, isSameServer } from '@tidelock/git'
import type { GitRemote, GitTree, SubmoduleOptions } from '@tidelock/git'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { fetchFailed, storageFailed } from '../skeleton/failures.ts'
import type { GitAccess } from './access.ts'
import type { Content } from './content.ts'
import { readInclude } from './include-layers.ts'
import type { IncludeLayer } from './include-layers.ts'
import { overlay } from './overlay.ts'
import { mayHold, missingDirectory, sparseContent } from './sparse.ts'

/** How the repositories of submodules are reached. */
export interface SubmoduleAccess extends Pick<SubmoduleOptions, 'scratchDir' | 'timeoutMs' | 'clock'> {
  readonly access: GitAccess
  readonly open: (access: GitAccess) => GitRemote
}

/**
 * The tree with the content of its submodules where the spec asks for it; it takes over the given one. Throws GitError, and the
 * given tree is then still the caller's.
 */
export async function addSubmodules(
  ctx: ReconcileContext,
  { spec }: GitRepository,
  tree: GitTree,
  { access, open, ...options }: SubmoduleAccess,
): Promise<GitTree> {
  if (spec.recurseSubmodules !== true) return tree
  const { sparseCheckout = [] } = spec
  return fetchSubmodules(tree, {
    ...options,
    url: access.url,
    signal: ctx.signal,
    open: (url) => open(accessTo(url, access)),
    ...(sparseCheckout.length === 0 ? {} : { isWanted: (path) => mayHold(path, sparseCheckout) }),
  })
}

/**
 * Credentials and client certificates go to the server of `spec.url` alone: what stands in `.gitmodules` is for whoever may commit
 * to decide. The trusted authorities and the proxy hold for all.
 */
export function accessTo(url: string, access: GitAccess): GitAccess {
  if (isSameServer(url, access.url)) return { ...access, url }
  const { proxy, tls: { ca } = {} } = access
  // named one by one: what is added to the access later is not to go along by itself
  return { url, auth: {}, tls: ca === undefined ? {} : { ca }, ...(proxy === undefined ? {} : { proxy }) }
}

/** What of the tree is wanted; every directory that is asked for must be there. */
export async function checkOut(ctx: ReconcileContext, obj: GitRepository, tree: GitTree): Promise<Step<Content>> {
  const { sparseCheckout = [] } = obj.spec
  if (sparseCheckout.length === 0) return next(tree)
  const content = sparseContent(tree, sparseCheckout)
  const missing = await missingDirectory(content, sparseCheckout, ctx.signal)
  if (missing === undefined) return next(content)
  // the space before the colon is Flux's
  const what = `failed to sparse checkout directories : sparse checkout dir '${missing}' does not exist in repository`
  return fetchFailed(ctx, obj, 'GitOperationFailed', new Error(what))
}

/** Lays over the content what the spec includes. */
export async function addIncludes(
  ctx: ReconcileContext,
  obj: GitRepository,
  content: Content,
  from: { readonly included: readonly Artifact[]; readonly store: ArtifactStore; readonly scratchDir: string },
): Promise<Step<Content>> {
  const layers: IncludeLayer[] = []
  try {
    for (const [i, include] of (obj.spec.include ?? []).entries())
      layers.push(await readInclude(include, from.included[i]!, { ...from, signal: ctx.signal }))
  } catch (error) {
    return storageFailed(ctx, obj, 'CopyFailure', error as Error)
  }
  return next(overlay(content, layers))
}
