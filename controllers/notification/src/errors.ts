// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidConfig`: an Alert, Provider or Receiver, or a Secret that it names, cannot be right.
 * - `DispatchFailed`: a service did not take a message.
 */
export type NotificationErrorCode = 'InvalidConfig' | 'DispatchFailed'

/** Any failure of this controller's own. */
export class NotificationError extends CodedError<NotificationErrorCode> {}
