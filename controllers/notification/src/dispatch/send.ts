// SPDX-License-Identifier: Apache-2.0
import { providerTimeout } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { NotificationError } from '../errors.ts'
import { notifiers } from '../providers/table.ts'
import type { Notification } from '../sender/notification.ts'
import type { Destinations } from './destinations.ts'

/** Sends a notification within the time that its Provider grants. Throws NotificationError; a time-out is `Unavailable`. */
export async function send(notification: Notification, destinations: Destinations, stop: AbortSignal): Promise<void> {
  const { provider } = notification
  const notifier = notifiers[provider.spec.type]
  if (notifier === undefined)
    throw new NotificationError(
      'InvalidConfig',
      `provider type '${provider.spec.type}' is not supported by this version`,
    )
  const timeoutMs = readTimeout(notification)
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)])
  try {
    const { destination, sender } = await destinations.get(provider, signal)
    await notifier(notification, destination, sender, signal)
  } catch (error) {
    if (error instanceof NotificationError) {
      // a password that was changed a moment ago
      if (error.code !== 'Unavailable') destinations.forget(provider.metadata.uid ?? '')
      throw error
    }
    if (signal.aborted) throw new NotificationError('Unavailable', `no answer within ${timeoutMs} ms`)
    throw new NotificationError('Refused', `the message cannot be made: ${errorMessage(error)}`, { cause: error })
  }
}

function readTimeout({ provider }: Notification): number {
  try {
    return providerTimeout(provider)
  } catch (error) {
    throw new NotificationError('InvalidConfig', `spec.timeout: ${errorMessage(error)}`)
  }
}
