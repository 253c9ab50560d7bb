// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { StatusResult } from '@tidelock/status'

/** The status of an object; Unknown, with the reason, when it cannot be told. */
export function judge(
  object: KubeObject,
  statusOf: (object: KubeObject) => StatusResult,
): { readonly result: StatusResult; readonly error?: string } {
  try {
    return { result: statusOf(object) }
  } catch (error) {
    return { result: { status: 'Unknown', message: errorMessage(error) }, error: errorMessage(error) }
  }
}
