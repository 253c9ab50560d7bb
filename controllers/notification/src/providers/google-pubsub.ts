// SPDX-License-Identifier: Apache-2.0
import { encodeFluxEvent } from '@tidelock/bus'
import { NotificationError } from '../errors.ts'
import { requireCloudAuthorization } from './authorization.ts'
import { posting } from './notifier.ts'
import type { Notifier } from './notifier.ts'

const segment = /^[A-Za-z][A-Za-z0-9._~+%:-]*$/

/** `googlepubsub`: the event as a message of the topic `spec.channel` of the project that is the address; `origin` is that of Pub/Sub. */
export function createGooglePubSub(origin: string): Notifier {
  return posting(({ event }, to) => {
    if (!segment.test(to.address))
      throw new NotificationError(
        'InvalidConfig',
        'invalid Google project: spec.address, or the key address of the Secret, must be its id',
      )
    if (!segment.test(to.channel))
      throw new NotificationError('InvalidConfig', 'invalid Google Pub/Sub topic: spec.channel must be its id')
    const attributes = Object.keys(to.headers).length === 0 ? {} : { attributes: to.headers }
    const data = Buffer.from(encodeFluxEvent(event)).toString('base64')
    return {
      url: `${origin}/v1/projects/${encodeURIComponent(to.address)}/topics/${encodeURIComponent(to.channel)}:publish`,
      headers: { authorization: requireCloudAuthorization(to) },
      body: JSON.stringify({ messages: [{ data, ...attributes }] }),
    }
  })
}

/** See `createGooglePubSub`. */
export const googlePubSub: Notifier = createGooglePubSub('https://pubsub.googleapis.com')
