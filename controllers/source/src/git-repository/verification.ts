// SPDX-License-Identifier: Apache-2.0
import { isTrue, markTrue, removeCondition, sourceVerifiedCondition } from '@tidelock/api'
import type { GitRepository } from '@tidelock/api'
import type { GitTree, ResolvedRef } from '@tidelock/git'
import type { SecretData } from '@tidelock/kube'
import type { EventDraft, ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { GitKeys } from '@tidelock/verify'
import { verificationFailed, verificationStalled } from '../skeleton/failures.ts'

/** What is to be verified, in the words that `status.sourceVerificationMode` has. */
type Mode = 'HEAD' | 'Tag' | 'TagAndHEAD'

/** How to get the Secret with the public keys. */
export type ReadKeys = (name: string) => Promise<SecretData>

/** The mode that is asked for; undefined for none. */
export function verificationMode({ spec }: GitRepository): Mode | undefined {
  const mode = spec.verify?.mode ?? (spec.verify === undefined ? undefined : 'HEAD')
  return mode === 'head' ? 'HEAD' : mode
}

/** Whether the stored artifact has yet to pass what is asked for now. A pass of both counts for each of them, as in Flux. */
export function needsVerification(obj: GitRepository): boolean {
  const mode = verificationMode(obj)
  if (mode === undefined) return false
  const passed = obj.status?.sourceVerificationMode
  if (passed === undefined || !isTrue(obj, sourceVerifiedCondition)) return true
  return passed !== 'TagAndHEAD' && passed !== mode
}

/** Takes the verdict on an artifact out of the status when nobody asks for one any more. */
export function forgetVerification(obj: GitRepository): void {
  if (verificationMode(obj) !== undefined) return
  removeCondition(obj, sourceVerifiedCondition)
  delete obj.status?.sourceVerificationMode
}

/**
 * Holds the signatures of the commit, the tag or both against the keys of the Secret. The step hands on the event of a pass, or
 * none when nothing is to be verified; otherwise it ends the run with SourceVerified False.
 */
export async function verifySignatures(
  ctx: ReconcileContext,
  obj: GitRepository,
  source: { readonly tree: GitTree; readonly resolved: ResolvedRef },
  readKeys: ReadKeys,
): Promise<Step<readonly EventDraft[]>> {
  const mode = verificationMode(obj)
  if (mode === undefined) return next([])
  const keys = await loadKeys(obj, readKeys)
  if (keys instanceof Error) return verificationFailed(ctx, obj, 'VerificationError', keys)
  const verified: string[] = []
  if (mode !== 'HEAD') {
    const tag = await verifyTag(ctx, obj, source, keys)
    if (tag.kind !== 'next') return tag
    verified.push(tag.value)
  }
  if (mode !== 'Tag') {
    const commit = await verifyCommit(ctx, obj, source.tree, keys)
    if (commit.kind !== 'next') return commit
    verified.push(commit.value)
  }
  const message = ['verified signature of', ...verified].join('\n\t- ')
  markTrue(obj, sourceVerifiedCondition, 'Succeeded', message, new Date(ctx.clock.now()))
  return next([{ severity: 'trace', reason: 'Succeeded', message }])
}

async function loadKeys(obj: GitRepository, readKeys: ReadKeys): Promise<GitKeys | Error> {
  const name = obj.spec.verify?.secretRef.name ?? ''
  try {
    const secret = await readKeys(name)
    const openPgp: string[] = []
    const ssh: string[] = []
    // what is named in neither way was taken for OpenPGP before there was another
    for (const [key, value] of secret) (key.endsWith('.sshpub') ? ssh : openPgp).push(value.toString('utf8'))
    return { openPgp, ssh }
  } catch (cause) {
    return new Error('public keys secret error', { cause })
  }
}

async function verifyTag(
  ctx: ReconcileContext,
  obj: GitRepository,
  { tree, resolved }: { readonly tree: GitTree; readonly resolved: ResolvedRef },
  keys: GitKeys,
): Promise<Step<string>> {
  const prefix = 'refs/tags/'
  if (resolved.refName?.startsWith(prefix) !== true) {
    const error = new Error("cannot verify tag object's signature if a tag reference is not specified")
    return verificationStalled(ctx, obj, 'InvalidVerificationMode', error)
  }
  const { tag } = tree
  const name = tag === undefined ? resolved.refName.slice(prefix.length) : `${tag.name}@${tag.sha}`
  if (tag?.signed === undefined) {
    const error = new Error(`cannot verify signature of tag '${name}' since it is not signed`)
    return verificationFailed(ctx, obj, 'InvalidGitObject', error)
  }
  try {
    const { verifyGitObject } = await import('@tidelock/verify')
    const key = await verifyGitObject('tag', tag.signed, keys, new Date(ctx.clock.now()))
    return next(`tag '${name}' with key '${key}'`)
  } catch (cause) {
    const error = new Error(`signature verification of tag '${name}' failed`, { cause })
    return verificationFailed(ctx, obj, 'InvalidTagSignature', error)
  }
}

async function verifyCommit(
  ctx: ReconcileContext,
  obj: GitRepository,
  { commit }: GitTree,
  keys: GitKeys,
): Promise<Step<string>> {
  try {
    const { verifyGitObject } = await import('@tidelock/verify')
    const key = await verifyGitObject('commit', commit.signed, keys, new Date(ctx.clock.now()))
    return next(`commit '${commit.sha}' with key '${key}'`)
  } catch (cause) {
    const error = new Error(`signature verification of commit '${commit.sha}' failed`, { cause })
    return verificationFailed(ctx, obj, 'InvalidCommitSignature', error)
  }
}
