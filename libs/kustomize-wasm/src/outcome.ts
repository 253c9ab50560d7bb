// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '@tidelock/errors'
import { KustomizeError } from './errors.ts'
import type { KustomizeErrorCode } from './errors.ts'
import type { TaskReply } from './protocol.ts'
import type { EmittedObject, EngineFailure } from './wasm/instance.ts'

const engineCodes: ReadonlySet<string> = new Set<KustomizeErrorCode>([
  'BuildFailed',
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

/** The objects of a build. Throws its failure. */
export function objectsOf(reply: TaskReply): readonly EmittedObject[] {
  const outcome = reply.outcomes[0]
  if (outcome === undefined) return []
  if (!outcome.ok) throw toError(outcome.failure, {})
  return outcome.objects
}

/** A failure of the engine as this package's error. */
export function toError(failure: EngineFailure, details: Readonly<Record<string, unknown>>): KustomizeError {
  if (failure.code === 'RemoteBase') return remoteBase(failure, details)
  const code = engineCodes.has(failure.code) ? (failure.code as KustomizeErrorCode) : 'BuildFailed'
  return new KustomizeError(code, failure.message, { details })
}

function remoteBase(failure: EngineFailure, details: Readonly<Record<string, unknown>>): KustomizeError {
  const raw = failure.urls ?? []
  const urls = raw.map((url) => redactUrl(url))
  const message = raw.reduce((text, url, i) => text.replaceAll(url, urls[i] ?? ''), failure.message)
  return new KustomizeError(
    'RemoteBase',
    `remote resources are not supported: copy ${urls.join(', ')} into the repository and refer to it by its path: ${message}`,
    { details: { ...details, urls } },
  )
}
