// SPDX-License-Identifier: Apache-2.0
import { accepted, refused } from './verifier.ts'
import type { Verifier, WebhookRequest } from './verifier.ts'

/** Types whose senders sign nothing: who knows the path is believed when the body is a JSON object of the service's form. */
export function believing(service: string, texts: readonly string[]): Verifier {
  return {
    verify: (request) => {
      const body = objectOf(request)
      const isRight = body !== undefined && texts.every((path) => isTextOrAbsent(body, path.split('.')))
      return isRight ? accepted : refused(`cannot decode ${service} webhook payload`)
    },
  }
}

/** The body as an object; undefined where it is none. */
export function objectOf({ body }: WebhookRequest): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextOrAbsent(value: unknown, [head, ...rest]: readonly string[]): boolean {
  if (value === undefined || value === null) return true
  if (head === undefined) return typeof value === 'string'
  return isObject(value) && isTextOrAbsent(value[head], rest)
}
