// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { BenchError } from '../../errors.ts'

/** A program that kills itself, so and so many times, and is started again each time. */
export interface DoomedOptions {
  /** File of the program; its first argument is how many steps it has to live, 0 for ever. */
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly kills: number
  /** How many steps it has to live this time. */
  readonly lifetime: () => number
}

/** The running program, life after life. */
export class DoomedProcess {
  /** Steps after which it died, in order. */
  readonly deaths: string[] = []
  /** What the last life printed. */
  output = ''
  readonly #options: DoomedOptions
  #child: ChildProcess | undefined
  #isStopped = false

  constructor(options: DoomedOptions) {
    this.#options = options
  }

  /** Resolves when it ends by itself, or is stopped. Throws `MeasureFailed` when it fails. */
  async run(): Promise<void> {
    const { program, args, env, kills, lifetime } = this.#options
    while (!this.#isStopped) {
      const life = this.deaths.length < kills ? lifetime() : 0
      const argv = ['--conditions=source', program, String(life), ...args]
      const child = spawn(process.execPath, argv, { env: { ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
      this.#child = child
      const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
      this.output = output
      if (this.#isStopped || child.exitCode === 0) return
      if (child.signalCode !== 'SIGKILL') throw new BenchError('MeasureFailed', `${program} ended: ${child.exitCode}`)
      this.deaths.push(output.trim())
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#child?.kill('SIGKILL')
  }
}
