// SPDX-License-Identifier: Apache-2.0
import type { NatsOptions, StreamSettings } from '@tidelock/bus'
import type { CommonOptions } from './options.ts'

/** How NATS is reached, by the flags. */
export function natsAccess(
  options: Pick<CommonOptions, 'natsUrl' | 'natsSeedFile' | 'natsCaFile' | 'natsCertFile' | 'natsKeyFile'>,
): Pick<NatsOptions, 'url' | 'seedFile' | 'tls'> {
  const { natsUrl: url, natsSeedFile: seedFile, natsCaFile, natsCertFile, natsKeyFile } = options
  const files = { caFile: natsCaFile, certFile: natsCertFile, keyFile: natsKeyFile }
  const tls = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== ''))
  return { url, ...(seedFile === '' ? {} : { seedFile }), ...(Object.keys(tls).length === 0 ? {} : { tls }) }
}

/** What the stream of events is made with, by the flags. */
export function natsStream(
  options: Pick<CommonOptions, 'natsStreamReplicas' | 'natsStreamMaxAgeMs' | 'natsStreamMaxBytes'>,
): StreamSettings {
  const { natsStreamReplicas: replicas, natsStreamMaxAgeMs: maxAgeMs, natsStreamMaxBytes: maxBytes } = options
  return { replicas, maxAgeMs, maxBytes }
}
