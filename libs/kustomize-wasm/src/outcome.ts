// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '@tidelock/errors'
import { KustomizeError } from './errors.ts'
import type { KustomizeErrorCode } from './errors.ts'
import type { WantedRemote } from './remote.ts'
import type { TaskReply } from './protocol.ts'
import type { EmittedObject, EngineFailure } from './wasm/instance.ts'

const engineCodes: ReadonlySet<string> = new Set<KustomizeErrorCode>([
  'BuildFailed',
  'ManifestInvalid',
  'BuildTooLarge',
  'RemoteBase',
  'PathNotFound',
  'PathOutsideRoot',
  'InvalidYaml',
])

/** Whether the build failed with this code. */
export function isFailure(reply: TaskReply, code: string): boolean {
  const outcome = reply.outcomes[0]
  return outcome !== undefined && !outcome.ok && outcome.failure.code === code
}

/** What a failed build needs from the network. */
export function wantedOf(reply: TaskReply): readonly WantedRemote[] {
  const outcome = reply.outcomes[0]
  return outcome === undefined || outcome.ok ? [] : (outcome.failure.wanted ?? [])
}

/** The objects of a build. Throws its failure. */
export function objectsOf(reply: TaskReply): readonly EmittedObject[] {
  const outcome = reply.outcomes[0]
  if (outcome === undefined) return []
  if (!outcome.ok) throw toError(outcome.failure, {})
  return outcome.objects
}

/** What the engine made of YAML. Throws `InvalidYaml` with these words alone: go-yaml quotes the text, which may be a secret. */
export function yamlOutcome(reply: TaskReply, problem: string): readonly EmittedObject[] {
  const outcome = reply.outcomes[0]
  if (outcome?.ok === false && outcome.failure.code === 'InvalidYaml') throw new KustomizeError('InvalidYaml', problem)
  return objectsOf(reply)
}

/** A failure of the engine as this package's error. */
export function toError(failure: EngineFailure, details: Readonly<Record<string, unknown>>): KustomizeError {
  if (failure.code === 'RemoteBase') return remoteBase(failure, details)
  const code = engineCodes.has(failure.code) ? (failure.code as KustomizeErrorCode) : 'BuildFailed'
  return new KustomizeError(code, `${failure.message}${cureOf(failure.message)}`, { details })
}

// Kustomize keeps former names in one annotation, with commas between, and an encrypted value has commas
function cureOf(message: string): string {
  if (!message.includes('number of previous names')) return ''
  return " (a kind, name or namespace has a comma in it: encrypt values only, with SOPS's encrypted_regex '^(data|stringData)$')"
}

/** Without Kustomize's own text: it repeats the URL in forms that a redaction does not recognise. */
function remoteBase(failure: EngineFailure, details: Readonly<Record<string, unknown>>): KustomizeError {
  const urls = (failure.urls ?? []).map((url) => redactUrl(url))
  const named = urls.length === 0 ? 'a Git repository' : urls.join(', ')
  return new KustomizeError(
    'RemoteBase',
    `remote resources are not allowed, and the kustomization refers to ${named}: copy it into the repository and refer to it by its path`,
    { details: { ...details, urls } },
  )
}
