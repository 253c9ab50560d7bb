// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FaultPoint } from '@tidelock/runtime'
import type { Scene } from './harness.ts'

const script = fileURLToPath(new URL('killed-controller.ts', import.meta.url))

/** The controller as a process of its own. */
export class ChildController implements AsyncDisposable {
  readonly #child: ChildProcess

  /** Starts it; with a point it kills itself the first time that it gets there. */
  constructor(scene: Scene, point: FaultPoint | 'none' = 'none') {
    this.#child = spawn(process.execPath, ['--conditions=source', script, point, ...scene.argv()], {
      env: { ...scene.env, PATH: process.env['PATH'] },
      stdio: 'ignore',
    })
  }

  /** Waits until it has killed itself. */
  async killed(): Promise<void> {
    await this.#ended()
    const { signalCode, exitCode } = this.#child
    if (signalCode !== 'SIGKILL') throw new Error(`the controller ended with ${signalCode ?? exitCode}`)
  }

  /** The most memory that it ever held, in bytes. */
  async peakMemory(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) * 1024
  }

  /** What lies in its directory for fetching. */
  async scratchFiles(): Promise<string[]> {
    const own = (await readdir(tmpdir())).find((name) =>
      name.startsWith(`tidelock-source-controller-${this.#child.pid}-`),
    )
    if (own === undefined) throw new Error('there is no scratch directory')
    return (await readdir(join(tmpdir(), own), { recursive: true })).sort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended()
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}
