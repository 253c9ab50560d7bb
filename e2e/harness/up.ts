// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { UpState } from '@tidelock/cli'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { startTidelock } from './command.ts'
import type { Running } from './command.ts'

const startTimeoutMs = 200_000

/** A running `tidelock up`, and a client with full rights on its cluster. */
export interface Up {
  readonly state: UpState
  readonly client: KubeClient
  readonly running: Running
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>
}

/** A new directory, and what removes it. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tidelock-e2e-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Starts `tidelock up` on the data directory and resolves when all is up. Throws with what it printed when it ends before. */
export async function startUp(dataDir: string, args: readonly string[] = []): Promise<Up> {
  const running = startTidelock(['up', '-o', 'json', '--data', dataDir, ...args])
  const up = new AbortController()
  const state = await Promise.race([printedState(running), endedEarly(running), whenLate(running, up.signal)])
  up.abort()
  const client = await connectTo(state.kubeconfig)
  const stop = async (): Promise<void> => {
    await client.close()
    running.child.kill('SIGINT')
    await running.ended
  }
  return { state, client, running, stop }
}

/** A client of the cluster that a kubeconfig names. */
export async function connectTo(kubeconfig: string): Promise<KubeClient> {
  return new KubeClient({ target: await loadTarget({ kubeconfig, env: {} }), userAgent: 'tidelock-e2e' })
}

function printedState({ child, stdout }: Running): Promise<UpState> {
  return new Promise((resolve) => {
    child.stdout?.on('data', () => {
      const state = parseWhole(stdout())
      if (state !== undefined) resolve(state)
    })
  })
}

/** Undefined as long as only a part of it came. */
function parseWhole(text: string): UpState | undefined {
  try {
    return JSON.parse(text) as UpState
  } catch {
    return undefined
  }
}

async function endedEarly({ ended }: Running): Promise<never> {
  const { code, stderr } = await ended
  throw new Error(`tidelock up ended with ${code}:\n${stderr}`)
}

// the command has bounds of its own; this one is for saying how far it came
async function whenLate({ child, stderr }: Running, up: AbortSignal): Promise<never> {
  await delay(startTimeoutMs, undefined, { signal: up })
  child.kill('SIGINT')
  throw new Error(`tidelock up was not up within ${startTimeoutMs / 1000} s:\n${stderr()}`)
}
