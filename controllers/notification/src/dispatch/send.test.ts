// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Alert, FluxEvent, Provider, ProviderType } from '@tidelock/api'
import type { Destinations } from './destinations.ts'
import { send } from './send.ts'

it('says of a type that is not there that it is not', async () => {
  const about = { apiVersion: 'v1', metadata: { name: 'tell', namespace: 'apps' } }
  const provider: Provider = { ...about, kind: 'Provider', spec: { type: 'carrier-pigeon' as ProviderType } }
  const alert: Alert = { ...about, kind: 'Alert', spec: { providerRef: { name: 'tell' }, eventSources: [] } }
  const sending = send({ event: {} as FluxEvent, alert, provider }, {} as Destinations, new AbortController().signal)
  await expect(sending).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: "provider type 'carrier-pigeon' is not supported by this version",
  })
})
