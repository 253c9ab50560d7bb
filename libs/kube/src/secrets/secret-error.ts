// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** A Secret was read, and lacks what it is to hold. The message names the Secret and the key, never what is in it. */
export class SecretError extends CodedError<'SecretInvalid'> {
  constructor(message: string) {
    super('SecretInvalid', message)
  }
}
