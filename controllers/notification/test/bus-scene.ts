// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { FluxEvent } from '@tidelock/api'
import { BusConnection, createNatsSink, ensureStream } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'
import { eventually } from '@tidelock/testkit'
import type { TellStep } from '../src/dispatch/steps.ts'
import { Scene } from './harness.ts'

const script = fileURLToPath(new URL('killed-controller.ts', import.meta.url))
const log = { debug: () => undefined, info: () => undefined, error: () => undefined }

/** How a scene begins. */
interface BusSceneOptions {
  readonly flags?: readonly string[]
  /** Bound of the stream. */
  readonly maxBytes?: number
}

/** How the controller is started. */
interface StartOptions {
  readonly natsUrl?: string
  readonly kill?: { readonly step: TellStep | 'acknowledged'; readonly id: string }
}

/** The controller as a process of its own beside a stream of its own, which the test publishes to. */
export class BusScene implements AsyncDisposable {
  readonly scene: Scene
  readonly prefix: string = `notify-${randomBytes(4).toString('hex')}`
  readonly sink: EventSink
  readonly #admin: BusConnection
  #child: ChildProcess | undefined

  private constructor(scene: Scene) {
    this.scene = scene
    const { natsUrl: url, natsSeedFile: seedFile } = scene.cluster
    const nats = { url, seedFile, log, random: Math.random, timeoutMs: 60_000 }
    this.#admin = new BusConnection({ ...nats, name: `${this.prefix}-admin` })
    this.sink = createNatsSink({ ...nats, name: `${this.prefix}-producer`, subjectPrefix: this.prefix })
  }

  static async open({ flags = [], maxBytes = 1 << 24 }: BusSceneOptions = {}): Promise<BusScene> {
    const scene = await Scene.open({ controller: false, flags })
    const bus = new BusScene(scene)
    await ensureStream(bus.#admin, { name: `STREAM-${bus.prefix}`, subjectPrefix: bus.prefix, maxBytes })
    return bus
  }

  /** Starts it; with `kill` it ends itself at that step with that event. */
  startController({ natsUrl = this.scene.cluster.natsUrl, kill }: StartOptions = {}): void {
    const { natsSeedFile } = this.scene.cluster
    const flags = [`--nats-url=${natsUrl}`, `--nats-seed-file=${natsSeedFile}`]
    this.#child = spawn(
      process.execPath,
      ['--conditions=source', script, this.prefix, ...this.scene.argv(), ...flags],
      {
        env: {
          ...{ RUNTIME_NAMESPACE: this.scene.namespace, PATH: process.env['PATH'] },
          ...(kill === undefined ? {} : { KILL_AT: kill.step, KILL_ID: kill.id }),
        },
        stdio: 'ignore',
      },
    )
  }

  /** Kills the controller and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.ended()
  }

  /** Waits until the controller is gone, and says by which signal. */
  async ended(): Promise<string | null> {
    const child = this.#child
    if (child === undefined) return null
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.signalCode
  }

  /** Publishes an event about a Kustomization of that name under the id. */
  async publish(id: string, name: string, message: string): Promise<void> {
    const event = eventOf(this.scene.namespace, name, message)
    // a busy server may answer late: a producer then publishes once more
    await eventually(() => this.sink.deliver(event, id, new AbortController().signal), { timeoutMs: 60_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await (await this.#admin.get()).request(`$JS.API.STREAM.DELETE.STREAM-${this.prefix}`)
    await this.#admin.close()
    await this.sink.close?.()
    await this.scene[Symbol.asyncDispose]()
  }
}

/** An event of severity error about a Kustomization. */
export function eventOf(namespace: string, name: string, message: string): FluxEvent {
  return {
    involvedObject: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace, name, uid: name },
    severity: 'error',
    timestamp: new Date().toISOString(),
    message,
    reason: 'ReconciliationFailed',
    reportingController: 'kustomize-controller',
  }
}
