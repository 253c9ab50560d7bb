// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Clock, Condition } from '@tidelock/api'
import { compareConditions } from '@tidelock/api'
import { KubeError, formatRef, isKubeError, refOf } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { ConditionTable } from './condition-table.ts'
import { diffMerge } from './merge-patch.ts'

/** Settings of a patcher. */
export interface SerialPatcherOptions<T extends ApiObject> {
  readonly client: Pick<KubeClient, 'get' | 'patch'>
  /** The object as it was read. It must not change any more. */
  readonly obj: T
  readonly fieldManager: string
  readonly table: Pick<ConditionTable, 'owned' | 'exclusive'>
  readonly clock: Clock
  readonly signal?: AbortSignal
}

const attempts = 6

/**
 * Writes the status and the finalizers of one object during one run. It remembers what the server has and sends only
 * what differs, in one merge patch under the object's resourceVersion. On a conflict it reads the object again and
 * repeats its own differences: conditions of others, and everything that it did not change, stay as they are there.
 */
export class SerialPatcher<T extends ApiObject> {
  readonly #options: SerialPatcherOptions<T>
  /** The object as the server last answered. */
  #server: T
  /** Our own view of the status when it was last sent: what later differences are taken against. */
  #sent: ApiObject['status']

  constructor(options: SerialPatcherOptions<T>) {
    this.#options = options
    this.#server = options.obj
    this.#sent = options.obj.status
  }

  /** The object as the server last answered. */
  get persisted(): T {
    return this.#server
  }

  /**
   * Brings the server's status to that of `obj`. Returns the object as the server has it now, undefined when there was
   * nothing to send. Throws KubeError: `NotFound` when the object is gone, also when another has taken its name.
   */
  async patchStatus(obj: T): Promise<T | undefined> {
    const wanted: ApiObject['status'] = obj.status
    if (diffMerge(this.#sent, wanted) === undefined) return undefined
    const server = await this.#attempt((base) => {
      const status = diffMerge(base.status, this.#statusOver(base, wanted))
      return status === undefined ? undefined : this.#send(base, { status }, 'status')
    })
    this.#sent = structuredClone(wanted)
    return server
  }

  /** Adds or removes one finalizer; others stay. Returns the object as the server has it now. Throws as `patchStatus`. */
  async patchFinalizer(finalizer: string, present: boolean): Promise<T> {
    return this.#attempt((base) => {
      const current = base.metadata.finalizers ?? []
      if (current.includes(finalizer) === present) return undefined
      const finalizers = present ? [...current, finalizer] : current.filter((each) => each !== finalizer)
      return this.#send(base, { finalizers })
    })
  }

  /** Runs a write against the newest state that is known, and again after each conflict; undefined is nothing to write. */
  async #attempt(write: (base: T) => Promise<T> | undefined): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const written = await write(this.#server)
        if (written !== undefined) this.#server = written
        return this.#server
      } catch (error) {
        if (!isKubeError(error, 'Conflict') || attempt === attempts) throw error
        this.#server = await this.#readAgain(attempt)
      }
    }
  }

  /** The server's status with our changes since the last time over it. */
  #statusOver(base: T, wanted: ApiObject['status']): object {
    const sent = (this.#sent ?? {}) as Record<string, unknown>
    const now = (wanted ?? {}) as Record<string, unknown>
    const merged: Record<string, unknown> = { ...base.status }
    for (const key of new Set([...Object.keys(sent), ...Object.keys(now)]))
      if (diffMerge({ [key]: sent[key] }, { [key]: now[key] }) !== undefined) merged[key] = now[key]
    const conditions = this.#mergeConditions(base.status?.conditions ?? [], wanted?.conditions ?? [])
    const hadNone = base.status?.conditions === undefined && conditions.length === 0
    return hadNone ? merged : { ...merged, conditions }
  }

  #mergeConditions(there: readonly Condition[], ours: readonly Condition[]): readonly Condition[] {
    const { owned, exclusive = true } = this.#options.table
    if (exclusive) return ours
    const mine = ours.filter(({ type }) => owned.includes(type))
    return [...there.filter(({ type }) => !owned.includes(type)), ...mine].sort(compareConditions)
  }

  async #send(
    base: T,
    change: { readonly status?: object; readonly finalizers?: readonly string[] },
    subresource?: 'status',
  ): Promise<T> {
    const { client, fieldManager, signal } = this.#options
    const { status, finalizers } = change
    const lock = { resourceVersion: base.metadata.resourceVersion }
    const body = {
      metadata: finalizers === undefined ? lock : { ...lock, finalizers },
      ...(status === undefined ? {} : { status }),
    }
    const options = { type: 'merge', body, fieldManager, signal } as const
    return client.patch<T>(refOf(base), subresource === undefined ? options : { ...options, subresource })
  }

  async #readAgain(attempt: number): Promise<T> {
    const { client, clock, signal } = this.#options
    if (attempt > 1) await clock.sleep(20 * 2 ** attempt, signal)
    const ref = refOf(this.#server)
    const latest = await client.get<T>(ref, { signal })
    if (latest.metadata.uid !== this.#server.metadata.uid)
      throw new KubeError('NotFound', `${formatRef(ref)} was replaced by another object`, { status: 404, ref })
    return latest
  }
}
