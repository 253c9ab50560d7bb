#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { errorMessage, redact } from '@tidelock/errors'
import { runMain } from '@tidelock/runtime'
import { CommanderError } from 'commander'
import { runSourceController } from './run.ts'

const lifeline = process.env['TIDELOCK_LIFELINE_FD']

async function main(signal: AbortSignal): Promise<void> {
  try {
    await runSourceController(process.argv.slice(2), process.env, signal)
  } catch (error) {
    // --help was asked for and given
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error
  }
}

await runMain(main, {
  lifelineFd: lifeline === undefined ? undefined : Number(lifeline),
  report: (error) => console.error(redact(errorMessage(error))),
})
