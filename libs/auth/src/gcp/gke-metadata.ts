// SPDX-License-Identifier: Apache-2.0
import { readBounded, requireStatus } from '@tidelock/http'
import { cached } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { reasonOf, refusalError } from '../provider-error.ts'

/** The GKE cluster that this process runs in. */
export interface GkeFacts {
  /** Audience of the ServiceAccount's token. */
  readonly pool: string
  /** Audience at Google's token service. */
  readonly audience: string
  readonly expiresAtMs: number
}

const subject = 'metadata of the GKE cluster'

/** Asks the metadata server; kept while the cache keeps it. Throws `IdentityInvalid` where this is no GKE. */
export function gkeFacts(deps: AuthDeps, signal: AbortSignal): Promise<GkeFacts> {
  const create = async (): Promise<GkeFacts> => {
    const [project, location, name] = await Promise.all(
      ['project/project-id', 'instance/attributes/cluster-location', 'instance/attributes/cluster-name'].map((path) =>
        read(path, shared, signal),
      ),
    )
    const pool = `${project}.svc.id.goog`
    const provider = `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${name}`
    return { pool, audience: `identitynamespace:${pool}:${provider}`, expiresAtMs: Number.POSITIVE_INFINITY }
  }
  // the metadata server knows the cluster by the connection: never through a proxy
  const { user: _user, proxied, ...rest } = deps
  const shared = proxied === undefined ? rest : { ...rest, http: proxied.direct }
  return cached({ provider: 'gke-metadata' }, create, shared, signal)
}

async function read(path: string, { env, http, clock }: AuthDeps, signal: AbortSignal): Promise<string> {
  const host = env['GCE_METADATA_HOST'] || '169.254.169.254'
  // nothing answers at that address outside of Google: no reason to hold the run for long
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(5000)])
  let text: string
  try {
    const url = `http://${host}/computeMetadata/v1/${path}`
    const headers = { 'metadata-flavor': 'Google' }
    const response = requireStatus(await http.request({ url, headers, signal: bounded }), { now: clock.now() })
    text = (await readBounded(response.body, 4096)).toString('utf8').trim()
  } catch (error) {
    signal.throwIfAborted()
    const cure = 'outside of GKE annotate the ServiceAccount with gcp.auth.fluxcd.io/workload-identity-provider'
    throw refusalError({ subject, reason: reasonOf(error), code: 'IdentityInvalid', cure })
  }
  if (text === '') throw new AuthError('ProtocolError', `${subject}: ${path} is empty`)
  return text
}
