// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { systemClock } from '@tidelock/api'
import { openAuth } from '@tidelock/auth'
import { createHttpClient } from '@tidelock/http'
import { createManager, reportInert } from '@tidelock/runtime'
import type { CreateManagerOptions } from '@tidelock/runtime'
import { inertGates } from './features.ts'
import { parseOptions } from './options.ts'
import { createOidcTokens } from './webhooks/oidc-tokens.ts'
import { setupNotification } from './setup.ts'
import type { NotificationDependencies } from './setup.ts'
import { version } from './version.ts'

const name = 'notification-controller'

/** What tests and other hosts bring along. */
export interface Overrides
  extends
    Pick<CreateManagerOptions, 'faults' | 'log' | 'logStream'>,
    Pick<NotificationDependencies, 'bus' | 'onStep'> {}

/** Runs the notification controller until the signal aborts. Throws what keeps it from starting. `overrides` are for tests and other hosts. */
export async function runNotificationController(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  overrides: Overrides = {},
): Promise<void> {
  const options = parseOptions(argv, env, tmpdir())
  const instance = `${hostname()}_${randomBytes(8).toString('hex')}`
  await using stack = new AsyncDisposableStack()
  const { bus, onStep, ...host } = overrides
  const { manager, client, close } = await createManager({ name, version, options, env, instance, ...host })
  stack.defer(close)
  reportInert(manager.log, [], { names: inertGates, features: options.features })
  const userAgent = `${name}/${version}`
  const auth = stack.use(
    await openAuth({
      ...{ env, clock: systemClock, userAgent },
      cacheMaxSize: options.tokenCacheMaxSize,
      cacheMaxDurationMs: options.tokenCacheMaxDurationMs,
    }),
  )
  const oidc = createOidcTokens(stack.use(createHttpClient({ userAgent })))
  const common = { auth, client, clock: systemClock, random: Math.random, userAgent, oidc, options }
  const own = { ...(bus === undefined ? {} : { bus }), ...(onStep === undefined ? {} : { onStep }) }
  stack.use(await setupNotification(manager, { ...common, ...own }))
  await manager.run(signal)
}
