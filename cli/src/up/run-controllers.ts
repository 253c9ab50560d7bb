// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freshAddresses, usualAddresses } from './addresses.ts'
import { startController } from './controller-process.ts'
import type { ControllerSettings, RunningController } from './controller-process.ts'
import type { ControllerDefinition } from './controllers.ts'
import { embedController } from './embedded-controller.ts'
import type { UpOptions } from './house.ts'
import type { DataPaths } from './paths.ts'
import type { Place } from './place.ts'
import { freeLeases, writeControllerKubeconfig } from './prepare-cluster.ts'
import { startHealthy } from './start-healthy.ts'
import { supervise } from './supervise.ts'
import type { Supervised } from './supervise.ts'

const reachableMs = 60_000
const pollMs = 200

/** What all controllers share. */
export interface RunControllersOptions {
  readonly options: UpOptions
  readonly paths: DataPaths
  readonly place: Place
  /** Gets what ends the controllers. */
  readonly stops: AsyncDisposableStack
  /** Called when a controller was started again: its process id is another one. */
  readonly onChange: () => Promise<void>
  /** Called when one is given up. */
  readonly fail: (why: string) => void
}

/** Starts every controller, waits until all are healthy, and keeps them running. Throws StartFailed with the end of a log. */
export async function runControllers(shared: RunControllersOptions): Promise<readonly Supervised[]> {
  const { options, stops } = shared
  const started: Supervised[] = []
  const ending = new AbortController()
  // all at once: each takes a moment to let its Lease go
  stops.defer(async () => {
    ending.abort()
    await Promise.all(started.map(({ stop }) => stop()))
  })
  const signal = AbortSignal.any([options.signal, ending.signal])
  const reader = options.controllers.find(({ readsEvents }) => readsEvents)
  const eventsUrl =
    reader === undefined ? '' : `http://${(await usualAddresses(addressFileOf(shared.paths, reader))).events}/`
  const results = await Promise.allSettled(
    options.controllers.map(async (definition) =>
      started.push(await runController(definition, { ...shared, eventsUrl }, signal)),
    ),
  )
  for (const result of results) if (result.status === 'rejected') throw result.reason as Error
  return started
}

const addressFileOf = (paths: DataPaths, { name }: ControllerDefinition): string =>
  join(paths.controllers, name, 'addresses.json')

async function runController(
  definition: ControllerDefinition,
  { options, paths, place, onChange, fail, eventsUrl }: RunControllersOptions & { readonly eventsUrl: string },
  signal: AbortSignal,
): Promise<Supervised> {
  const { screen } = options
  const { name } = definition
  const settings: ControllerSettings = {
    paths,
    cacheDir: options.cacheDir,
    kubeconfig: await writeControllerKubeconfig(place.client, place.target, definition, paths),
    natsUrl: place.cluster?.natsUrl ?? '',
    natsSeedFile: place.cluster?.natsSeedFile(definition.fullName) ?? '',
    eventsUrl,
    extraFlags: options.extraFlags,
    env: options.env,
  }
  const addressFile = addressFileOf(paths, definition)
  const startOne = options.singleProcess ? embedController : startController
  const begin = async (isFresh: boolean): Promise<RunningController> =>
    startOne(definition, settings, await (isFresh ? freshAddresses : usualAddresses)(addressFile))
  return supervise({
    name,
    start: async (isAgain) => {
      // its holder is dead for certain, but on a given cluster another instance may have taken over
      if (isAgain && place.cluster !== undefined)
        await whenReachable(() => freeLeases(place.client, [definition], signal), signal)
      return startHealthy(begin, signal)
    },
    onEnd: (how) => screen.line(`► the ${name} controller ended (${how}): starting it again; see ${paths.logs}`),
    onAgain: onChange,
    onGivenUp: fail,
    now: () => performance.now(),
  })
}

// the API server may have ended too, and be on its way back
async function whenReachable(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + reachableMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await delay(pollMs, undefined, { signal })
  }
}
