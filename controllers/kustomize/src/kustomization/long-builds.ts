// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { Clock, ObjectKey } from '@tidelock/api'

interface LongBuild<T> {
  /** What is built: a build of anything else is of no use to the run. */
  readonly of: string
  readonly result: Promise<T>
  readonly abort: AbortController
  /** Nobody was told that it goes on without a run. */
  attended: boolean
}

/** How long a run waits for a build. Nearly all take milliseconds; the start of an engine takes a second or two. */
const patienceMs = 5000

/**
 * The builds under way, by object. A run waits for its build for a few seconds; what takes longer goes on without it and holds no
 * worker, so that slow builds of one tenant cannot keep everybody else from being reconciled. When such a build ends, its object is put
 * back on the queue, and the run that comes for it takes the result.
 */
export class LongBuilds<T> {
  readonly #byKey = new Map<string, LongBuild<T>>()
  readonly #clock: Pick<Clock, 'sleep'>

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock
  }

  /** Whether a build of just this is under way, or waits to be taken. */
  has(key: ObjectKey, of: string): boolean {
    return this.#byKey.get(formatKey(key))?.of === of
  }

  /**
   * The result of the build, which is started unless it is under way; undefined when it takes its time: `ended` is then called at its
   * end. A build of something else for the same object is aborted. Throws what the build threw, or the reason of the run's signal.
   */
  async take(
    key: ObjectKey,
    { of, start, ended, signal }: LongBuildRequest<T>,
  ): Promise<{ readonly result: T } | undefined> {
    const build = this.#buildOf(key, of, start)
    const done = new AbortController()
    const impatience = this.#clock.sleep(patienceMs, AbortSignal.any([signal, done.signal])).then(() => undefined)
    try {
      const taken = await Promise.race([build.result.then((result) => ({ result })), impatience])
      if (taken !== undefined) this.#forget(key, build)
      else this.#leave(build, ended)
      return taken
    } catch (error) {
      this.#forget(key, build)
      build.abort.abort(error)
      throw error
    } finally {
      impatience.catch(() => undefined)
      done.abort()
    }
  }

  /** Ends what is under way for an object. */
  drop(key: ObjectKey): void {
    const build = this.#byKey.get(formatKey(key))
    this.#byKey.delete(formatKey(key))
    build?.abort.abort(new Error('the build is no longer wanted'))
  }

  #buildOf(key: ObjectKey, of: string, start: LongBuildRequest<T>['start']): LongBuild<T> {
    const underWay = this.#byKey.get(formatKey(key))
    if (underWay?.of === of) return underWay
    this.drop(key)
    const abort = new AbortController()
    const build = { of, result: start(abort.signal), abort, attended: true }
    // whoever comes for it hears of a failure
    build.result.catch(() => undefined)
    this.#byKey.set(formatKey(key), build)
    return build
  }

  #leave(build: LongBuild<T>, ended: () => void): void {
    if (!build.attended) return
    build.attended = false
    const tell = (): void => {
      if (!build.abort.signal.aborted) ended()
    }
    void build.result.then(tell, tell)
  }

  #forget(key: ObjectKey, build: LongBuild<T>): void {
    const id = formatKey(key)
    if (this.#byKey.get(id) === build) this.#byKey.delete(id)
  }
}

/** What a run wants built. */
export interface LongBuildRequest<T> {
  readonly of: string
  readonly start: (signal: AbortSignal) => Promise<T>
  readonly ended: () => void
  /** Of the run: aborts the build with it. */
  readonly signal: AbortSignal
}
