// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FaultPoint } from '@tidelock/runtime'
import type { Scene } from './harness.ts'

const script = fileURLToPath(new URL('killed-controller.ts', import.meta.url))

/** Where a controller ends: the n-th time (default the first) that a run of the object gets to the point. */
export interface KillPoint {
  readonly point: FaultPoint
  readonly times?: number
  readonly name: string
  /** Asked at the point each time from then on: a run that came to less, for its build takes long, goes on. Absent: any run will do. */
  readonly when?: () => Promise<boolean>
}

/** The controller as a process of its own, that kills itself at a point. */
export class ChildController implements AsyncDisposable {
  readonly #child: ChildProcess

  constructor(scene: Scene, { point, times = 1, name, when }: KillPoint) {
    const args = ['--conditions=source', script, point, String(times), name, ...scene.argv()]
    this.#child = spawn(process.execPath, args, {
      env: { ...scene.env, PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'ignore', ...(when === undefined ? [] : ['ipc' as const])],
    })
    if (when !== undefined) this.#child.on('message', () => void this.#answer(when))
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

  async #answer(when: () => Promise<boolean>): Promise<void> {
    try {
      if (await when()) this.#child.kill('SIGKILL')
      else this.#child.send('go on')
    } catch {
      // told by `killed`: that is another signal
      this.#child.kill('SIGTERM')
    }
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}
