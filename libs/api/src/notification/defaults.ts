// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '../duration/parse.ts'
import type { Receiver } from './v1/receiver.ts'
import type { Provider } from './v1beta3/provider.ts'

/** Milliseconds that sending one message may take. Throws ApiError `InvalidDuration`. */
export function providerTimeout(obj: Pick<Provider, 'spec'>): number {
  return parseDuration(obj.spec.timeout ?? '15s')
}

/** Milliseconds between two looks at the token of a Receiver. Throws ApiError `InvalidDuration`. */
export function receiverInterval(obj: Pick<Receiver, 'spec'>): number {
  return parseDuration(obj.spec.interval ?? '10m')
}

/** Reasons of a Receiver's conditions and events, beside `reasons`. */
export const receiverReasons = {
  tokenNotFound: 'TokenNotFound',
  validationFailed: 'ValidationFailed',
} as const

/** Reasons of the Kubernetes events about an Alert. */
export const alertReasons = {
  invalidConfig: 'InvalidConfig',
  sourceFetchFailed: 'SourceFetchFailed',
  dispatchFailed: 'NotificationDispatchFailed',
  metadataAppendFailed: 'MetadataAppendFailed',
} as const
