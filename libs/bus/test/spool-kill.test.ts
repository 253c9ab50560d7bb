// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Spool } from '@tidelock/bus'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-kill-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Lets a process write until it has reported so many records, then kills it in the middle of whatever it does. */
async function writeUntilKilled(prefix: string, reports: number): Promise<Set<string>> {
  const program = new URL('spool-writer.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=source', program, directory, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.split('\n').length > reports && !child.killed) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  // the last line may be cut: what follows the last line end is no report
  return new Set(output.split('\n').slice(0, -1))
}

it('loses nothing that it said was durable when its process is killed at any moment', async () => {
  const durable = new Set<string>()
  for (const [round, reports] of [3, 50, 120, 7, 200].entries())
    for (const id of await writeUntilKilled(`p${round}`, reports)) durable.add(id)
  const damage: unknown[] = []
  const note = (report: unknown): void => void damage.push(report)
  const spool = await Spool.open({ directory, maxBytes: 1 << 28, onOverflow: note, onCorrupt: note, onFault: note })
  const { records } = await spool.read(0, 1_000_000)
  const found = records.map(({ id }) => id)
  expect(found).toEqual(expect.arrayContaining([...durable]))
  expect(new Set(found).size).toBe(found.length)
  expect(durable.size).toBeGreaterThan(300)
  expect(damage).toEqual([])
  for (const { sequence } of records) spool.remove(sequence)
  await spool.close()
  expect(await readdir(directory)).toEqual([])
})
