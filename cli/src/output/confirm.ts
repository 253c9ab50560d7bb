// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'

/** Asks a question whose answer is yes or no. Throws Aborted unless it is yes; `silencer` is the flag that would have answered. */
export async function confirm(
  question: string,
  silencer: string,
  { err, input, signal }: Pick<Environment, 'err' | 'input' | 'signal'>,
): Promise<void> {
  err(`? ${question}? [y/N] `)
  const answer = input === undefined ? '' : await readLine(input, signal)
  if (/^y(es)?$/i.test(answer.trim())) return
  err('\n')
  throw new CliError('Aborted', `aborting: answer y, or give ${silencer}`)
}

async function readLine(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input })
  try {
    const line = once(lines, 'line', { signal }).then(([text]) => String(text))
    const end = once(lines, 'close', { signal }).then(() => '')
    return await Promise.race([line, end])
  } finally {
    lines.close()
  }
}
