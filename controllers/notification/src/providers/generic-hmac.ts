// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { NotificationError } from '../errors.ts'
import type { Message } from '../sender/sender.ts'
import { forward } from './generic.ts'
import { posting } from './notifier.ts'
import type { Notifier } from './notifier.ts'

/** `generic-hmac`: as generic, signed with the token of the Secret. */
export const genericHmac: Notifier = posting((notification, to) => {
  if (to.token === '') throw new NotificationError('InvalidConfig', 'HMAC key is empty: the Secret needs the key token')
  const message = forward(notification, to) as Message
  const signature = createHmac('sha256', to.token)
    .update(message.body ?? '')
    .digest('hex')
  return { ...message, headers: { ...message.headers, 'x-signature': `sha256=${signature}` } }
})
