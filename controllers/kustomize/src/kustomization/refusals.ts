// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { isKubeError } from '@tidelock/kube'
import type { ApplyError, Refusal } from '@tidelock/ssa'

/** What an apply failed of: every refused object on a line of its own, in Flux's and the server's words, and what to do about it. */
export function describeApplyError(error: ApplyError): string {
  if (error.refusals.length === 0) return errorMessage(error)
  return error.refusals.map((refusal) => `${refusal.message}${suffix(cureOf(refusal))}`).join('\n')
}

function suffix(cure: string | undefined): string {
  return cure === undefined ? '' : ` (${cure})`
}

const unchangeable =
  /immutable|may not change|cannot be changed|field can't be changed|updates to .{1,200} are forbidden/i
/** A server need not be a friend: what it says at greater length is not looked through. */
const maxLooked = 10_000

function cureOf({ error, object, message }: Refusal): string | undefined {
  if (isKubeError(error, 'KindNotFound'))
    return 'apply its CustomResourceDefinition first: in this Kustomization, or in one that this one depends on'
  if (isKubeError(error, 'NotFound') && message.includes('namespaces "'))
    return `add the Namespace ${object.namespace ?? ''} to the source, or have it made by a Kustomization that this one depends on`
  if (message.includes(': expected string, got ')) return 'quote the value in its YAML, a variable too: "${NAME}"'
  if (message.includes('illegal base64 data')) return 'values of data are base64: put plain text into stringData'
  if (isKubeError(error, 'Invalid', 'Conflict') && unchangeable.test(message.slice(0, maxLooked)))
    return 'to have the object deleted and made anew, set its annotation kustomize.toolkit.fluxcd.io/force: enabled, or spec.force for all'
  return undefined
}
