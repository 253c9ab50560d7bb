// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { createEvent } from '@tidelock/api'
import type { Clock, KubeObject } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { KubeClient } from '@tidelock/kube'
import { createKubernetesSink } from '@tidelock/runtime'
import type { Logger } from '@tidelock/runtime'

/** Writes Kubernetes Events of type Warning about Alerts and Providers. Best effort: what cannot be written is logged. */
export class Reporter {
  readonly #sink: ReturnType<typeof createKubernetesSink>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #signal: AbortSignal
  #underWay = 0
  #count = 0

  constructor(parts: {
    readonly client: KubeClient
    readonly clock: Clock
    readonly log: Logger
    readonly signal: AbortSignal
  }) {
    this.#sink = createKubernetesSink(parts)
    this.#clock = parts.clock
    this.#log = parts.log
    this.#signal = parts.signal
  }

  /** Reports at once and waits for nothing. Of more than a hundred at the same time the rest is logged alone. */
  warn(object: KubeObject, reason: string, text: string, metadata: Readonly<Record<string, string>> = {}): void {
    const message = redact(text)
    const {
      kind,
      metadata: { name, namespace },
    } = object
    this.#log.error({ kind, name, namespace, reason }, message)
    if (this.#underWay >= 100 || this.#signal.aborted) return
    this.#underWay++
    const origin = { controller: 'notification-controller', now: new Date(this.#clock.now()) }
    const event = createEvent(
      { ...object, metadata: withoutAnnotations(object) },
      { severity: 'error', reason, message, metadata },
      origin,
    )
    const seed = JSON.stringify([object.metadata.uid, reason, message, this.#clock.now(), ++this.#count, process.pid])
    const id = createHash('sha256').update(seed).digest('hex').slice(0, 32)
    this.#sink
      .deliver(event, id, this.#signal)
      .catch((error: unknown) => this.#log.debug({ error: errorMessage(error) }, 'event not written'))
      .finally(() => this.#underWay--)
  }
}

function withoutAnnotations({ metadata }: KubeObject): KubeObject['metadata'] {
  const { annotations: _annotations, ...rest } = metadata
  return rest
}
