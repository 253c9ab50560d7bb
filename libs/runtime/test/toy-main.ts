// SPDX-License-Identifier: Apache-2.0
// The toy controller as a process of its own. When the object FAULT_OBJECT is at the point of the loop FAULT_POINT it says so
// and stands still, so that a test can kill it there. Every other point is printed and passed.
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { commonFlags, createManager, runMain } from '@tidelock/runtime'
import type { Faults } from '@tidelock/runtime'
import { Command } from 'commander'
import { toySpec } from './toy-controller.ts'

const { env } = process
const program = new Command()
const read = commonFlags(program, { gates: {}, controller: 'toy-controller', tempDir: tmpdir() })
program.parse()
const options = read(env)

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const faults: Faults = {
  async reach(point, object) {
    say({ point, object })
    if (point === env['FAULT_POINT'] && object === env['FAULT_OBJECT']) await new Promise(() => {})
  },
}

const drain = env['TOY_DRAIN_MS'] === undefined ? {} : { drainMs: Number(env['TOY_DRAIN_MS']), stopTimeoutMs: 60_000 }
const lifeline = env['TIDELOCK_LIFELINE_FD']
await runMain(
  async (signal) => {
    const instance = `toy-${randomUUID()}`
    const { manager, client, close } = await createManager({
      ...{ name: 'toy-controller', version: '0', options, env, instance, faults, ...drain },
    })
    manager.addController(toySpec(client, { runs: [], finalized: [], superseded: [] }))
    manager.onElected(() =>
      say({ elected: instance, health: manager.address('health'), metrics: manager.address('metrics') }),
    )
    say({ started: instance })
    await manager.run(signal)
    await close()
  },
  lifeline === undefined ? {} : { lifelineFd: Number(lifeline) },
)
