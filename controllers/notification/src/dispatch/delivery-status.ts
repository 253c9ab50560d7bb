// SPDX-License-Identifier: Apache-2.0
import { formatTime } from '@tidelock/api'
import type { Clock, KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { refOf } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'

/** When a message was last delivered, to the minute. */
const lastDeliveryAnnotation = 'notification.tidelock.dev/last-delivery'
/** When and why a message was last not delivered; absent when the last one was. */
const lastErrorAnnotation = 'notification.tidelock.dev/last-error'

interface Written {
  readonly atMs: number
  readonly error: string | undefined
}

/** Says on Alerts and Providers how delivering goes: at once when that changes, else once a minute at most. */
export class DeliveryStatus {
  readonly #client: KubeClient
  readonly #clock: Clock
  readonly #log: Logger
  readonly #signal: AbortSignal
  readonly #written = new Map<string, Written>()

  constructor(parts: {
    readonly client: KubeClient
    readonly clock: Clock
    readonly log: Logger
    readonly signal: AbortSignal
  }) {
    this.#client = parts.client
    this.#clock = parts.clock
    this.#log = parts.log
    this.#signal = parts.signal
  }

  /** Notes how a delivery went; `error` undefined: it went well. */
  note(objects: readonly KubeObject[], error: string | undefined): void {
    for (const object of objects) this.#note(object, error)
  }

  #note(object: KubeObject, error: string | undefined): void {
    const uid = object.metadata.uid ?? ''
    const now = this.#clock.monotonic()
    const before = this.#written.get(uid)
    if (before !== undefined && before.error === error && now - before.atMs < 60_000) return
    if (this.#signal.aborted) return
    this.#written.set(uid, { atMs: now, error })
    const time = formatTime(new Date(this.#clock.now()))
    const annotations =
      error === undefined
        ? { [lastDeliveryAnnotation]: time, [lastErrorAnnotation]: null }
        : { [lastErrorAnnotation]: `${time} ${error}`.slice(0, 1024) }
    const options = { fieldManager: 'notification-controller', signal: this.#signal }
    this.#client
      .patch(refOf(object), { type: 'merge', body: { metadata: { annotations } }, ...options })
      .catch((cause: unknown) => {
        this.#written.delete(uid)
        this.#log.debug({ error: errorMessage(cause) }, 'annotation not written')
      })
  }
}
