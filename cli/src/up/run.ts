// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDuration } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { createScreen } from '../output/screen.ts'
import type { Screen } from '../output/screen.ts'
import { walkThrough } from '../walkthrough/walk-through.ts'
import { controllerDefinitions } from './controllers.ts'
import { describeHouse } from './describe.ts'
import { startDetached } from './detach.ts'
import { startHouse } from './house.ts'
import type { House, UpOptions } from './house.ts'
import { defaultCacheDir, defaultDataDir } from './paths.ts'
import type { UpState } from './state-file.ts'
import type { UpFlags } from './up-flags.ts'

// the build puts it beside the built command
const samplePlace = import.meta.url.endsWith('.ts') ? '../../../examples/fleet' : '../fleet'
const sampleDirectory = fileURLToPath(new URL(samplePlace, import.meta.url))

/** Does what `tidelock up` was asked to; resolves when that has ended. */
export async function runUp(flags: UpFlags, kubeconfig: string | undefined, environment: Environment): Promise<void> {
  const screen = createScreen(environment)
  const options = toUpOptions(flags, kubeconfig, environment, screen)
  if (flags.detach === true) {
    screen.line(`  data in ${options.dataDir}`)
    await startDetached(options.dataDir, environment, screen, (state) => print(state, options, flags, environment))
  } else await runHouse(options, flags, environment)
}

function toUpOptions(
  flags: UpFlags,
  kubeconfig: string | undefined,
  { env, home, cwd, signal }: Environment,
  screen: Screen,
): UpOptions {
  return {
    dataDir: flags.data === undefined ? defaultDataDir(env, home) : resolve(cwd, flags.data),
    cacheDir: defaultCacheDir(env, home),
    controllers: controllerDefinitions().filter(({ name }) => flags.controllers.includes(name)),
    singleProcess: flags.singleProcess === true,
    kubeconfig: kubeconfig === undefined ? undefined : resolve(cwd, kubeconfig),
    repository: flags.repository === undefined ? sampleDirectory : resolve(cwd, flags.repository),
    path: flags.path === 'none' ? undefined : flags.path,
    extraFlags: flags.controllerFlag ?? [],
    auditLogPath: flags.auditLog === undefined ? undefined : resolve(cwd, flags.auditLog),
    env,
    screen,
    signal,
  }
}

async function runHouse(options: UpOptions, flags: UpFlags, environment: Environment): Promise<void> {
  const { screen, dataDir, signal } = options
  screen.line(`${screen.colors.bold('Tidelock')} on this machine, data in ${dataDir}`)
  screen.line()
  const house = await startHouse(options)
  try {
    if (flags.walkthrough === true) await showAround(house, options, flags, environment)
    if (flags.once === true) return
    print(house.state, options, flags, environment)
    if (flags.output === undefined) screen.line('\nEverything stays up until Ctrl-C.')
    const why = await Promise.race([house.broken, aborted(signal)])
    if (why !== undefined) throw new CliError('ControllerEnded', why)
  } finally {
    await stopHouse(house, options)
  }
}

// a broken repository is when the cluster is needed most: it stays up unless the walk-through was all that was asked for
async function showAround(house: House, options: UpOptions, flags: UpFlags, environment: Environment): Promise<void> {
  const { screen, signal } = options
  try {
    const timeoutMs = parseDuration(flags.stepTimeout)
    await walkThrough(house, { environment, screen, sampleDirectory, timeoutMs })
  } catch (error) {
    if (flags.once === true || signal.aborted) throw error
    screen.line(`✗ ${redact(errorMessage(error))}`)
  }
}

async function stopHouse(house: { stop(): Promise<void> }, { screen, dataDir, kubeconfig }: UpOptions): Promise<void> {
  screen.line()
  await screen.step('stopping', `stopped; the data in ${dataDir} is kept`, () => house.stop())
  if (kubeconfig !== undefined) screen.line(`  what was applied stays in the cluster of ${kubeconfig}`)
}

function print(state: UpState, options: UpOptions, flags: UpFlags, environment: Environment): void {
  if (flags.output === 'json') return environment.out(`${JSON.stringify(state, null, 2)}\n`)
  const sample = flags.repository === undefined && options.path !== undefined && options.controllers.length > 1
  options.screen.line()
  for (const line of describeHouse(state, { self: environment.self, sample })) options.screen.line(line)
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolvePromise) => {
    if (signal.aborted) resolvePromise(undefined)
    else signal.addEventListener('abort', () => resolvePromise(undefined), { once: true })
  })
}
