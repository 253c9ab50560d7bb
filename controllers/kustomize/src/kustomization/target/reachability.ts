// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { CodedError, errorMessage } from '@tidelock/errors'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'

/** How long a run waits for the answer of a probe, which goes on without it. */
const patienceMs = 2000
/** How long the outcome of a probe holds. */
const holdsMs = 10_000

type Finding = { readonly untilMs: number; readonly error: Error | undefined }

/**
 * Whether a cluster answers. One probe serves all runs that ask, and its outcome holds for a while, so that a cluster that is away
 * costs each of its Kustomizations a moment and the others nothing.
 */
export class Reachability {
  readonly #client: KubeClient
  readonly #clock: Clock
  #finding: Finding | undefined
  #probing: Promise<void> | undefined

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Returns when the cluster answers. Throws `ClusterUnreachable` when it does not, `ClusterSlow` while that is not known yet. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#isStale()) await this.#look(signal)
    if (this.#isStale()) {
      throw new CodedError('ClusterSlow', `Connecting to the cluster of spec.kubeConfig at ${this.#client.host}`)
    }
    const error = this.#finding?.error
    if (error === undefined) return
    const message = `the cluster of spec.kubeConfig at ${this.#client.host} cannot be reached: ${errorMessage(error)}`
    throw new CodedError('ClusterUnreachable', message, { cause: error })
  }

  #isStale(): boolean {
    return this.#finding === undefined || this.#clock.monotonic() >= this.#finding.untilMs
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#probing ??= this.#probe()
    const enough = new AbortController()
    const limit = this.#clock.sleep(patienceMs, AbortSignal.any([signal, enough.signal]))
    // it rejects when the probe is first, which is then of no interest
    limit.catch(() => undefined)
    try {
      await Promise.race([this.#probing, limit])
    } finally {
      enough.abort()
    }
  }

  /** Never rejects. */
  async #probe(): Promise<void> {
    let error: Error | undefined
    try {
      await this.#client.raw({ path: '/version' })
    } catch (cause) {
      if (!hasAnswered(cause)) error = cause as Error
    }
    this.#finding = { error, untilMs: this.#clock.monotonic() + holdsMs }
    this.#probing = undefined
  }
}

/** A refusal is an answer too, and says more about itself with the request that matters. */
function hasAnswered(error: unknown): boolean {
  return isKubeError(error) && error.status > 0 && error.status < 500
}
