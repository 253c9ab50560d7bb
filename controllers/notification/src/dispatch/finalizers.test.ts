// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Alert } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { createRelease } from './finalizers.ts'

const alert: Alert = {
  apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
  kind: 'Alert',
  metadata: { name: 'all', namespace: 'apps', uid: 'u', finalizers: ['other', 'finalizers.fluxcd.io'] },
  spec: { providerRef: { name: 'tell' }, eventSources: [] },
}

it('says once that it may not take a finalizer away, and tries until it is done', async () => {
  const said: string[] = []
  const bodies: unknown[] = []
  const denied = new Error('alerts is forbidden')
  await new Promise<void>((done) => {
    const client = {
      find: () => Promise.resolve(alert),
      patch: (_ref: unknown, { body }: { readonly body: unknown }) => {
        bodies.push(body)
        if (bodies.length < 3) return Promise.reject(denied)
        done()
        return Promise.resolve(alert)
      },
    } as unknown as Pick<KubeClient, 'find' | 'patch'>
    const log = { warn: () => void said.push('warn'), debug: () => void said.push('debug') }
    createRelease({ client, clock: { sleep: () => Promise.resolve() }, log, signal: new AbortController().signal })(
      alert,
    )
  })
  expect(said).toEqual(['warn', 'debug'])
  expect(bodies.at(-1)).toMatchObject({ metadata: { finalizers: ['other'] } })
})
