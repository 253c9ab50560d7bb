// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises'
import { errorMessage } from '@tidelock/errors'
import type { ControllerDefinition } from './controllers.ts'
import { controllerFlags, pickAddresses } from './controller-process.ts'
import type { ControllerSettings, RunningController } from './controller-process.ts'
import { systemNamespace } from './prepare-cluster.ts'

/** Runs a controller in this process: `--single-process`, for small machines. Its log goes to standard output. */
export async function embedController(
  definition: ControllerDefinition,
  settings: ControllerSettings,
): Promise<RunningController> {
  const addresses = await pickAddresses()
  await mkdir(settings.paths.storage(definition.name), { recursive: true, mode: 0o700 })
  const stopping = new AbortController()
  const env = { ...process.env, RUNTIME_NAMESPACE: systemNamespace }
  const running = definition.run(controllerFlags(definition, settings, addresses), env, stopping.signal)
  const ended = running.then(
    () => 'stopped',
    (error: unknown) => errorMessage(error),
  )
  return {
    name: definition.name,
    pid: process.pid,
    metricsUrl: `http://${addresses.metrics}/metrics`,
    ended,
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}
