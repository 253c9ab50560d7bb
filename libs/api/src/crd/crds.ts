// SPDX-License-Identifier: Apache-2.0
import type { CustomResourceDefinition } from './crd.ts'

/**
 * The CRDs of all kinds, ready to be applied. The schemas are loaded by the first call: controllers do not need them,
 * and so do not pay for TypeBox.
 */
export async function crds(): Promise<readonly CustomResourceDefinition[]> {
  const [{ crdOf }, { definitions }] = await Promise.all([import('./crd.ts'), import('./definitions.ts')])
  return definitions.map((definition) => crdOf(definition))
}
