// SPDX-License-Identifier: Apache-2.0
import { startController } from './controller-process.ts'
import type { ControllerSettings, RunningController } from './controller-process.ts'
import type { ControllerDefinition } from './controllers.ts'
import { embedController } from './embedded-controller.ts'
import type { UpOptions } from './house.ts'
import type { DataPaths } from './paths.ts'
import type { Place } from './place.ts'
import { writeControllerKubeconfig } from './prepare-cluster.ts'
import { startHealthy } from './start-healthy.ts'

/** Starts every controller and waits until all are healthy; `stops` ends them. Throws StartFailed with the end of a log. */
export async function runControllers(
  options: UpOptions,
  paths: DataPaths,
  place: Place,
  stops: AsyncDisposableStack,
): Promise<readonly RunningController[]> {
  const begin = options.singleProcess ? embedController : startController
  const all = new Set<RunningController>()
  // all at once: each takes a moment to let its Lease go
  stops.defer(async () => void (await Promise.all([...all].map((controller) => controller.stop()))))
  const start = async (definition: ControllerDefinition): Promise<RunningController> => {
    const settings: ControllerSettings = {
      paths,
      cacheDir: options.cacheDir,
      kubeconfig: await writeControllerKubeconfig(place.client, place.target, definition, paths),
      natsUrl: place.cluster?.natsUrl ?? '',
      natsSeedFile: place.cluster?.natsSeedFile(definition.fullName) ?? '',
      extraFlags: options.extraFlags,
      env: options.env,
    }
    const attempt = async (): Promise<RunningController> => {
      options.signal.throwIfAborted()
      const controller = await begin(definition, settings)
      all.add(controller)
      void controller.ended.then(() => all.delete(controller))
      return controller
    }
    return startHealthy(attempt, options.signal)
  }
  const started = await Promise.allSettled(options.controllers.map(start))
  const running: RunningController[] = []
  for (const result of started) {
    if (result.status === 'rejected') throw result.reason as Error
    running.push(result.value)
  }
  return running
}
