// SPDX-License-Identifier: Apache-2.0
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage } from '@tidelock/errors'
import type { ControllerAddresses, ControllerDefinition } from './controllers.ts'
import { controllerFlags, urlsOf } from './controller-process.ts'
import type { ControllerSettings, RunningController } from './controller-process.ts'
import { systemNamespace } from './prepare-cluster.ts'

/** Runs a controller in this process: `--single-process`, for small machines. */
export async function embedController(
  definition: ControllerDefinition,
  settings: ControllerSettings,
  addresses: ControllerAddresses,
): Promise<RunningController> {
  const { paths } = settings
  await mkdir(paths.storage(definition.name), { recursive: true, mode: 0o700 })
  await mkdir(paths.logs, { recursive: true, mode: 0o700 })
  const logPath = join(paths.logs, `${definition.fullName}.log`)
  const file = await open(logPath, 'a', 0o600)
  const { size: logStart } = await file.stat()
  const log = file.createWriteStream()
  // a full disk takes lines from the log, not the process
  log.on('error', () => undefined)
  const stopping = new AbortController()
  const env = { ...settings.env, RUNTIME_NAMESPACE: systemNamespace }
  const logStream = { write: (line: string): void => void log.write(line) }
  const running = definition.run(controllerFlags(definition, settings, addresses), env, stopping.signal, { logStream })
  const ended = running
    .then(
      () => 'stopped',
      (error: unknown) => errorMessage(error),
    )
    .finally(() => void log.end())
  return {
    name: definition.name,
    pid: process.pid,
    ...urlsOf(addresses),
    logPath,
    logStart,
    ended,
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}
