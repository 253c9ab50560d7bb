// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidConfig`: an Alert, Provider or Receiver, or a Secret that it names, cannot be right.
 * - `Refused`: a service will never take this message.
 * - `Unavailable`: a service did not take it now; `details.retryAfterMs` is what it asked to wait.
 * - `Busy`: too much waits for a Provider already; the event comes again later.
 */
export type NotificationErrorCode = 'InvalidConfig' | 'Refused' | 'Unavailable' | 'Busy'

/** Any failure of this controller's own. Messages never carry credentials. */
export class NotificationError extends CodedError<NotificationErrorCode> {}
