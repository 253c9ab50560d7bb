// SPDX-License-Identifier: Apache-2.0
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { CliError } from '../errors.ts'
import type { RunningController } from './controller-process.ts'

const attempts = 3
const timeoutMs = 60_000
const pollMs = 50
const tailBytes = 16 * 1024
const tailLines = 8
const takenPort = /EADDRINUSE|address already in use/

/**
 * Starts a controller and waits until it answers its health probe; on other addresses where somebody took one of the usual ones.
 * Throws StartFailed with the end of its log when it ends or does not answer, and the signal's reason; nothing runs then.
 */
export async function startHealthy(
  begin: (onFreshAddresses: boolean) => Promise<RunningController>,
  signal: AbortSignal,
): Promise<RunningController> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const controller = await begin(attempt > 1)
    try {
      const trouble = await waitHealthy(controller, signal)
      if (trouble === undefined) return controller
      const tail = await readTail(controller)
      if (!takenPort.test(tail) || attempt === attempts) throw startFailed(controller, trouble, tail)
    } catch (error) {
      await controller.stop()
      throw error
    }
    await controller.stop()
  }
}

function startFailed({ name, logPath }: RunningController, trouble: string, tail: string): CliError {
  const message = `the ${name} controller did not start: ${trouble}; the end of ${logPath}:\n${tail}`
  return new CliError('StartFailed', message)
}

async function waitHealthy({ ended, healthUrl }: RunningController, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const how = await Promise.race([ended, delay(pollMs, undefined, { signal })])
    if (how !== undefined) return how
    if (await answers(healthUrl, signal)) return undefined
    if (Date.now() > deadline) return `no answer from ${healthUrl} within ${timeoutMs / 1000} s`
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { ok, body } = await fetch(url, { signal })
    await body?.cancel()
    return ok
  } catch {
    signal.throwIfAborted()
    return false
  }
}

async function readTail({ logPath, logStart }: RunningController): Promise<string> {
  await using file = await open(logPath, 'r')
  const { size } = await file.stat()
  const from = Math.max(logStart, size - tailBytes)
  const buffer = Buffer.alloc(Math.max(0, size - from))
  await file.read(buffer, 0, buffer.length, from)
  return buffer.toString('utf8').trimEnd().split('\n').slice(-tailLines).join('\n')
}
