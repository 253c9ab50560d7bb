// SPDX-License-Identifier: Apache-2.0
import type { ReceiverType } from '@tidelock/api'
import { cdevents } from './cdevents.ts'
import { gcr } from './gcr.ts'
import { genericHmac } from './generic-hmac.ts'
import { genericOidc } from './generic-oidc.ts'
import { generic } from './generic.ts'
import { github, payloadProblem } from './github.ts'
import { gitlab } from './gitlab.ts'
import { harbor } from './harbor.ts'
import { believing } from './json-body.ts'
import { nexus } from './nexus.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

// Bitbucket Server signs as GitHub does
const bitbucket: Verifier = {
  eventHeader: 'x-event-key',
  verify: (request, { token }) => {
    const problem = payloadProblem(request, token)
    return problem === undefined ? accepted : refused(`the Bitbucket server signature header is invalid: ${problem}`)
  },
}

/** The verifier of each type. A Receiver of a type that is not here stalls and says so. */
export const verifiers: Readonly<Partial<Record<ReceiverType, Verifier>>> = {
  acr: believing('ACR', ['action', 'target.repository', 'target.tag']),
  bitbucket,
  cdevents,
  dockerhub: believing('DockerHub', ['push_data.tag', 'repository.repo_url']),
  gcr,
  generic,
  'generic-hmac': genericHmac,
  'generic-oidc': genericOidc,
  github,
  gitlab,
  harbor,
  nexus,
  quay: believing('Quay', ['docker_url']),
}
