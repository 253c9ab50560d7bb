// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net'

/** The variable with the descriptor of a pipe whose end means that whoever started this command is gone. */
export const lifelineVariable = 'TIDELOCK_LIFELINE_FD'

/** Calls back once when the pipe ends; never without one. */
export function watchLifeline(env: Readonly<Record<string, string | undefined>>, onEnd: () => void): void {
  const text = env[lifelineVariable]
  if (text === undefined) return
  const stream = new Socket({ fd: Number(text), readable: true, writable: false })
  let isOver = false
  const end = (): void => {
    if (!isOver) onEnd()
    isOver = true
  }
  stream.on('end', end).on('error', end).resume()
  stream.unref()
}
