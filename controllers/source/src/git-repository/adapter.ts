// SPDX-License-Identifier: Apache-2.0
import { sourceTimeout } from '@tidelock/api'
import type { Artifact, Clock, GitRepository } from '@tidelock/api'
import type { ArtifactStore } from '@tidelock/artifact'
import { hasCode } from '@tidelock/errors'
import { GitError, isSameServer, openRemote } from '@tidelock/git'
import type { GitRemote, GitTree, ResolvedRef } from '@tidelock/git'
import type { HttpClient } from '@tidelock/http'
import type { EventDraft, Progress, ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Checked, Fetched, SourceAdapter, UpstreamFault } from '../skeleton/adapter.ts'
import { fetchFailed } from '../skeleton/failures.ts'
import { ownerName } from '../skeleton/owner-name.ts'
import { resolveGitAccess } from './access.ts'
import type { GitAccess, GitAccessDependencies } from './access.ts'
import { addIncludes, addSubmodules, checkOut } from './check-out.ts'
import { ContentError, selectContent } from './content.ts'
import type { Content } from './content.ts'
import { contentConfigChanged, observeContentConfig } from './content-config.ts'
import { acquireGitClient } from './git-clients.ts'
import { includedArtifactsChanged, markIncludeChange, resolveIncludes } from './includes.ts'
import type { IncludeLookup } from './includes.ts'
import { readSecret } from '../secrets/read-secret.ts'
import { isNeeded } from './sparse.ts'
import { forgetVerification, verifySignatures } from './verification.ts'

/** The repository, and what its reference meant when asked. */
interface Upstream {
  readonly remote: GitRemote
  readonly resolved: ResolvedRef
  /** The artifacts to include, in the order of the spec. */
  readonly included: readonly Artifact[]
  readonly access: GitAccess
  /** Absent with SSH, which keeps no connections. */
  readonly http?: HttpClient
}

/** What the adapter needs from outside. */
export interface GitAdapterDependencies extends GitAccessDependencies {
  readonly clock: Clock
  readonly userAgent: string
  /** For what a check has to fetch: the commits of tags with equal versions. */
  readonly scratchRoot: string
  /** Where the artifacts lie that others include. */
  readonly store: ArtifactStore
  readonly includes: IncludeLookup
}

/** GitRepository on the skeleton of all sources. */
export function createGitAdapter(dependencies: GitAdapterDependencies): SourceAdapter<GitRepository, Upstream> {
  return {
    check: (ctx, obj, progress) => check(ctx, obj, progress, dependencies),
    fetch: (ctx, obj, checked, scratchDir) => fetchTree(ctx, obj, checked, scratchDir, dependencies),
    forget: async (obj) => {
      await dependencies.clients.forget(ownerName(obj))
      await dependencies.proxiedAuth.forget(ownerName(obj))
    },
    contentConfigChanged: (obj, { upstream: { included } }) =>
      contentConfigChanged(obj) || includedArtifactsChanged(obj, included),
    observe: (obj, { upstream: { included } }) => observeContentConfig(obj, included),
    unchangedEvent: (_obj, { revision }) => ({
      reason: 'GitOperationSucceeded',
      message: `no changes since last reconciliation: observed revision '${revision}'`,
    }),
  }
}

async function check(
  ctx: ReconcileContext,
  obj: GitRepository,
  progress: Progress,
  dependencies: GitAdapterDependencies,
): Promise<Step<Checked<Upstream>>> {
  forgetVerification(obj)
  const access = await resolveGitAccess(ctx, obj, dependencies)
  if (access.kind !== 'next') return access
  const included = await resolveIncludes(ctx, obj, dependencies.includes)
  if (included.kind !== 'next') return included
  await markIncludeChange(ctx, obj, included.value, progress)
  await using stack = new AsyncDisposableStack()
  try {
    const http = acquireHttp(access.value, obj, dependencies, stack)
    const remote = stack.use(open(access.value, obj, dependencies, http))
    const resolved = await remote.resolve(obj.spec.ref ?? {}, ctx.signal)
    const upstream = { remote, resolved, included: included.value, access: access.value, ...http }
    const resources = stack.move()
    return next({ revision: resolved.revision, upstream, [Symbol.asyncDispose]: () => resources.disposeAsync() })
  } catch (error) {
    return gitFailed(ctx, obj, error)
  }
}

/** The connections that are kept for the object; none with SSH. */
function acquireHttp(
  access: GitAccess,
  obj: GitRepository,
  { clients, userAgent }: GitAdapterDependencies,
  stack: AsyncDisposableStack,
): Pick<Upstream, 'http'> {
  if (access.ssh !== undefined) return {}
  const { namespace = '' } = obj.metadata
  const user = { owner: ownerName(obj), namespace, timeoutMs: sourceTimeout(obj), userAgent }
  return { http: stack.use(acquireGitClient(clients, access, user)).client }
}

async function fetchTree(
  ctx: ReconcileContext,
  obj: GitRepository,
  { upstream: { remote, resolved, included, access, http } }: Checked<Upstream>,
  scratchDir: string,
  dependencies: GitAdapterDependencies,
): Promise<Step<Fetched>> {
  const { client, store, clock } = dependencies
  await using stack = new AsyncDisposableStack()
  try {
    const { sparseCheckout = [] } = obj.spec
    const sparse = sparseCheckout.length === 0 ? {} : { isWanted: (path: string) => isNeeded(path, sparseCheckout) }
    let tree = await remote.fetchTree(resolved, { scratchDir, signal: ctx.signal, ...sparse })
    stack.defer(() => tree.dispose())
    const readKeys = (name: string) => readSecret(client, obj.metadata.namespace ?? '', name, ctx.signal)
    // before anything is followed that the commit says
    const verified = await verifySignatures(ctx, obj, { tree, resolved }, readKeys)
    if (verified.kind !== 'next') return verified
    const openAt = (at: GitAccess) =>
      open(at, obj, dependencies, http !== undefined && isSameServer(at.url, access.url) ? { http } : {})
    const reach = { access, open: openAt, scratchDir, timeoutMs: sourceTimeout(obj), clock }
    tree = await addSubmodules(ctx, obj, tree, reach)
    const checkedOut = await checkOut(ctx, obj, tree)
    if (checkedOut.kind !== 'next') return checkedOut
    const content = await addIncludes(ctx, obj, checkedOut.value, { included, store, scratchDir })
    if (content.kind !== 'next') return content
    const fetched = toFetched(tree, obj, { content: content.value, events: verified.value })
    stack.move()
    return next(fetched)
  } catch (error) {
    return gitFailed(ctx, obj, error)
  }
}

function toFetched(
  tree: GitTree,
  obj: GitRepository,
  { content, events }: { readonly content: Content; readonly events: readonly EventDraft[] },
): Fetched {
  const [subject = ''] = tree.commit.message.split('\n')
  return {
    fileName: `${tree.commit.sha}.tar.gz`,
    entries: (signal) => selectContent(content, obj.spec.ignore, signal),
    faultOf: contentFault,
    description: `commit '${shorten(subject)}'`,
    events,
    [Symbol.asyncDispose]: () => tree.dispose(),
  }
}

function contentFault(error: unknown): UpstreamFault | undefined {
  if (error instanceof GitError) return { reason: 'GitOperationFailed', error: checkoutFailed(error) }
  return error instanceof ContentError ? { reason: error.code, error } : undefined
}

// fluxcd/pkg git: a short message is the first line, cut after 50 characters
function shorten(subject: string): string {
  const characters = Array.from(subject)
  return characters.length > 50 ? `${characters.slice(0, 50).join('')}...` : subject
}

function open(
  access: GitAccess,
  obj: GitRepository,
  { clock, userAgent, scratchRoot }: GitAdapterDependencies,
  http: Pick<Upstream, 'http'>,
): GitRemote {
  const { credentialSource: _source, ...reach } = access
  return openRemote({ ...reach, ...http, timeoutMs: sourceTimeout(obj), clock, userAgent, scratchDir: scratchRoot })
}

function gitFailed(ctx: ReconcileContext, obj: GitRepository, cause: unknown): ReturnType<typeof fetchFailed> {
  if (hasCode(cause, 'EmptyRepository'))
    return fetchFailed(ctx, obj, 'EmptyGitRepository', new Error('git repository is empty'))
  return fetchFailed(ctx, obj, 'GitOperationFailed', checkoutFailed(cause))
}

function checkoutFailed(cause: unknown): Error {
  return new Error('failed to checkout and determine revision', { cause })
}
