// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto'
import type { KubeObject } from '@tidelock/api'
import { isCrd } from '../object/stage.ts'
import { updateAt } from './record.ts'

const path = ['spec', 'conversion', 'webhook', 'clientConfig', 'caBundle']
const certificates = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * A CustomResourceDefinition without a conversion `caBundle` that holds no certificate: API servers since 1.31 refuse it,
 * and charts ship such placeholders for a CA injector to fill. An empty one is fine.
 */
export function dropInvalidCaBundle(object: KubeObject): KubeObject {
  if (!isCrd(object)) return object
  return updateAt(object, path, (bundle) => (typeof bundle === 'string' && !isValid(bundle) ? undefined : bundle))
}

function isValid(bundle: string): boolean {
  const text = bundle.replaceAll(/[\r\n]/g, '')
  if (text === '') return true
  if (!base64.test(text)) return false
  const pem = Buffer.from(text, 'base64').toString('latin1')
  return (pem.match(certificates) ?? []).some(isCertificate)
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
