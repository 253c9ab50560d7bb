// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

/** A line that the toy printed. */
export interface ToyLine {
  readonly point?: string
  readonly object?: string
  readonly elected?: string
  readonly started?: string
  readonly health?: string
  readonly metrics?: string
}

/** How to start a toy. */
export interface ToyProcessOptions {
  readonly cluster: TestCluster
  readonly namespace: string
  readonly spoolDir: string
  /** Where to stand still, and with which object. */
  readonly fault?: { readonly point: string; readonly object: string }
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A toy controller in a process of its own, watching one namespace. */
export class ToyProcess {
  readonly lines: ToyLine[] = []
  readonly child: ChildProcess
  log = ''

  constructor(options: ToyProcessOptions) {
    const { cluster, namespace, spoolDir, fault, args = [] } = options
    const program = new URL('toy-main.ts', import.meta.url).pathname
    const flags = [
      `--kubeconfig=${cluster.kubeconfigPath}`,
      `--nats-url=${cluster.natsUrl}`,
      `--nats-seed-file=${cluster.natsSeedFile}`,
      `--spool-dir=${spoolDir}`,
      '--watch-all-namespaces=false',
      '--metrics-addr=127.0.0.1:0',
      '--health-addr=127.0.0.1:0',
      '--min-retry-delay=50ms',
      ...args,
    ]
    const env = {
      PATH: process.env['PATH'] ?? '',
      RUNTIME_NAMESPACE: namespace,
      ...(fault === undefined ? {} : { FAULT_POINT: fault.point, FAULT_OBJECT: fault.object }),
      ...options.env,
    }
    this.child = spawn(process.execPath, ['--conditions=source', program, ...flags], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    let rest = ''
    this.child.stdout?.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) this.lines.push(JSON.parse(part) as ToyLine)
    })
    this.child.stderr?.on('data', (chunk: Buffer) => (this.log += chunk.toString()))
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** Waits until the toy has reached the point with the object. */
  async reached(point: string, object?: string): Promise<void> {
    await this.waitFor((line) => line.point === point && (object === undefined || line.object === object), point)
  }

  /** Waits for a line; a toy that ends before fails with its log. */
  async waitFor(isWanted: (line: ToyLine) => boolean, what: string): Promise<ToyLine> {
    return eventually(() => {
      const line = this.lines.find(isWanted)
      if (line === undefined) throw new Error(`toy did not say ${what}; its log:\n${this.log}`)
      return line
    })
  }

  /** Sends the signal and waits for the end; returns the exit code, null after a kill. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<number | null> {
    if (this.isRunning) {
      const exit = once(this.child, 'exit')
      this.child.kill(signal)
      await exit
    }
    return this.child.exitCode
  }
}
