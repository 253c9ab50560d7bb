// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '../errors.ts'

const emailAnnotation = 'iam.gke.io/gcp-service-account'
const providerAnnotation = 'gcp.auth.fluxcd.io/workload-identity-provider'

const email = /^[a-zA-Z0-9-]{1,100}@[a-zA-Z0-9-]{1,100}\.iam\.gserviceaccount\.com$/
const workloadProvider =
  /^projects\/\d{1,30}\/locations\/global\/workloadIdentityPools\/[^/]{1,100}\/providers\/[^/]{1,100}$/

/** The Google service account to act as; undefined: the ServiceAccount has rights of its own. Throws `IdentityInvalid`. */
export function googleAccountOf(annotations: Readonly<Record<string, string>>, account: string): string | undefined {
  return annotation(annotations, emailAnnotation, email, account, '<name>@<project>.iam.gserviceaccount.com')
}

/** The audience of the workload identity provider outside of GKE; undefined: this is GKE. Throws `IdentityInvalid`. */
export function providerAudienceOf(annotations: Readonly<Record<string, string>>, account: string): string | undefined {
  const shape = 'projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>'
  const name = annotation(annotations, providerAnnotation, workloadProvider, account, shape)
  return name === undefined ? undefined : `//iam.googleapis.com/${name}`
}

function annotation(
  annotations: Readonly<Record<string, string>>,
  key: string,
  pattern: RegExp,
  account: string,
  shape: string,
): string | undefined {
  const value = annotations[key]
  if (value === undefined || value === '') return undefined
  if (pattern.test(value)) return value
  throw new AuthError('IdentityInvalid', `${account}: annotation ${key} is '${value}': want ${shape}`)
}
