// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** Codes of `BusError`. `Rejected`: the receiver will never take this event; every other code may pass with time. */
export type BusErrorCode =
  | 'SpoolUnusable'
  | 'RecordTooLarge'
  | 'SpoolFull'
  | 'Rejected'
  | 'Unavailable'
  | 'CredentialsInvalid'
  | 'StreamConflict'
  | 'MessageInvalid'

/** An error of the spool, of a sink or of the stream. Messages never carry credentials. */
export class BusError extends CodedError<BusErrorCode> {}
