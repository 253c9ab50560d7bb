// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FaultPoint } from '@tidelock/runtime'
import type { Scene } from './harness.ts'

const script = fileURLToPath(new URL('killed-controller.ts', import.meta.url))

/** The controller as a process of its own. */
export class ChildController implements AsyncDisposable {
  readonly #child: ChildProcess

  /** Starts it; with a point it kills itself the first time that a run of the object gets there. */
  constructor(scene: Scene, point: FaultPoint | 'none' = 'none', name = '') {
    this.#child = spawn(process.execPath, ['--conditions=source', script, point, name, ...scene.argv()], {
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended()
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}
