#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { errorMessage, redact } from '@tidelock/errors'
import { runMain } from '@tidelock/runtime'
import { runNotificationController } from './run.ts'

const lifeline = process.env['TIDELOCK_LIFELINE_FD']

await runMain((signal) => runNotificationController(process.argv.slice(2), process.env, signal), {
  lifelineFd: lifeline === undefined ? undefined : Number(lifeline),
  report: (error) => console.error(redact(errorMessage(error))),
})
