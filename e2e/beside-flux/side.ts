// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { findFreePort } from '@tidelock/local-cluster'
import { EventReceiver } from '@tidelock/testkit'
import { startControllers } from './controllers.ts'
import type { StartOptions, Whose } from './controllers.ts'

const letters = { flux: 'fluxx', tidelock: 'tidel' } as const

/** A source and a kustomize controller that see one namespace, and a receiver of their events. */
export class Side implements AsyncDisposable {
  readonly name: Whose
  readonly letters: string
  readonly system: string
  readonly receiver: EventReceiver
  readonly #stops: AsyncDisposableStack

  private constructor(name: Whose, system: string, receiver: EventReceiver, stops: AsyncDisposableStack) {
    this.name = name
    this.letters = letters[name]
    this.system = system
    this.receiver = receiver
    this.#stops = stops
  }

  /** Starts both controllers, the kustomize controller with `extra` flags; `group` tells its namespace from others. */
  static async start(
    options: Omit<StartOptions, 'namespace' | 'flags'>,
    group: number,
    extra: readonly string[],
  ): Promise<Side> {
    await using stops = new AsyncDisposableStack()
    const receiver = stops.use(await EventReceiver.start())
    const system = `system-${group}-${letters[options.whose]}`
    const storage = `127.0.0.1:${await findFreePort()}`
    const flags = [
      '--watch-all-namespaces=false',
      `--events-addr=${receiver.url}`,
      '--enable-leader-election=false',
      '--requeue-dependency=2s',
    ]
    stops.use(
      await startControllers({
        ...options,
        namespace: system,
        directory: join(options.directory, `${options.whose}-${group}`),
        flags: {
          source: [...flags, `--storage-addr=${storage}`, `--storage-adv-addr=${storage}`],
          kustomize: [...flags, ...extra],
        },
      }),
    )
    return new Side(options.whose, system, receiver, stops.move())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stops.disposeAsync()
  }
}
