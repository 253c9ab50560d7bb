// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Artifact, Condition } from '@tidelock/api'

/** What `spec` may hold of what the command reads. */
interface ListedSpec {
  suspend?: boolean
  /** Of a HelmRepository. */
  type?: string
  secretRef?: { name: string }
  sourceRef?: { kind: string; name: string; namespace?: string }
}

/** An object of a kind that the command knows. */
export interface Listed extends ApiObject {
  spec?: ListedSpec
  status?: {
    artifact?: Artifact
    lastAppliedRevision?: string
    lastHandledReconcileAt?: string
    observedGeneration?: number
    /** Of a Receiver. */
    webhookPath?: string
    conditions?: Condition[]
  }
}

const digest = /\b[a-f0-9]{40,128}\b/g

/** A text with its hashes cut to eight digits, as lists show them. */
export function shortHashes(text: string): string {
  return text.replace(digest, (hash) => hash.slice(0, 8))
}

/** The Ready condition; what no controller has seen yet is waiting. */
export function readyOf(obj: Listed): { readonly status: string; readonly message: string } {
  const ready = obj.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready ?? { status: 'False', message: 'waiting to be reconciled' }
}

/** The revision of the artifact; empty where there is none. */
export function artifactRevision({ status }: Listed): string {
  return status?.artifact?.revision ?? ''
}
