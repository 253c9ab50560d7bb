// SPDX-License-Identifier: Apache-2.0
import { encodeFluxEvent } from '@tidelock/bus'
import { posting } from '../notifier.ts'
import type { Notifier } from '../notifier.ts'
import { githubApi } from './github-api.ts'

/** `githubdispatch`: a repository_dispatch event of the type `<Kind>/<name>.<namespace>`, which a workflow can start at; its payload is the event. */
export const githubDispatch: Notifier = posting(({ event }, to) => {
  const { repository, request } = githubApi(to)
  const { kind = '', name = '', namespace = '' } = event.involvedObject
  const payload = JSON.parse(encodeFluxEvent(event)) as object
  return request(`${repository}/dispatches`, 'POST', {
    event_type: `${kind}/${name}.${namespace}`,
    client_payload: payload,
  })
})
