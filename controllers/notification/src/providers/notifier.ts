// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'
import type { Destination } from '../sender/destination.ts'
import type { Notification } from '../sender/notification.ts'
import type { Message, Sender } from '../sender/sender.ts'

/**
 * Tells one notification to a service. It may be called again with the same one: where a service knows such a thing, what was told
 * before is found and not told twice. Throws `InvalidConfig`, `Refused` and `Unavailable`; see `Sender.send`.
 */
export type Notifier = (
  notification: Notification,
  to: Destination,
  sender: Sender,
  signal: AbortSignal,
) => Promise<void>

/** The requests for a notification; none where the service is not to be told. Pure. Throws `InvalidConfig`. */
export type Payload = (notification: Notification, to: Destination) => Message | readonly Message[] | undefined

/** The notifier of a service that takes each notification in requests that do not depend on an answer. */
export function posting(payload: Payload): Notifier {
  return async (notification, to, sender, signal) => {
    const messages = payload(notification, to) ?? []
    for (const message of Array.isArray(messages) ? (messages as readonly Message[]) : [messages as Message])
      await sender.send(message, signal)
  }
}

/** The address as a URL. Throws `InvalidConfig` where there is none, or one that is not http or https; the address is not shown: it may be a secret. */
export function requireUrl({ address }: Pick<Destination, 'address'>, service: string): URL {
  const url = URL.parse(address)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new NotificationError(
      'InvalidConfig',
      `invalid ${service} address: spec.address, or the key address of the Secret, must be an http:// or https:// URL`,
    )
  return url
}
