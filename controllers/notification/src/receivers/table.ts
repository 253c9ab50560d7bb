// SPDX-License-Identifier: Apache-2.0
import type { ReceiverType } from '@tidelock/api'
import { genericHmac } from './generic-hmac.ts'
import { generic } from './generic.ts'
import { github } from './github.ts'
import type { Verifier } from './verifier.ts'

/** The verifier of each type. A Receiver of a type that is not here stalls and says so. */
export const verifiers: Readonly<Partial<Record<ReceiverType, Verifier>>> = {
  generic,
  'generic-hmac': genericHmac,
  github,
}
