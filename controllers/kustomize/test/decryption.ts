// SPDX-License-Identifier: Apache-2.0
// What the tests of decryption share: files that the real sops encrypted, and key Secrets.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { KubeObject, KustomizationSpec } from '@tidelock/api'
import type { Scene } from './harness.ts'

/** A Secret with its data. */
export interface SecretObject extends KubeObject {
  data?: Record<string, string>
}

const root = fileURLToPath(new URL('../../../libs/sops/testdata/', import.meta.url))

/** A file of the vectors of `@tidelock/sops`. */
export function vector(path: string): Buffer {
  return readFileSync(`${root}${path}`)
}

/** A file of the vectors as text. */
export function vectorText(path: string): string {
  return vector(path).toString('utf8')
}

/** Creates a Secret of these entries, or writes them into the one that is there. */
export async function putSecret(
  scene: Scene,
  name: string,
  entries: Readonly<Record<string, Uint8Array | string>>,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, Buffer.from(value as string).toString('base64')]),
  )
  const ref = scene.object('Secret', name)
  if ((await scene.client.find(ref)) !== undefined) {
    await scene.client.patch<SecretObject>(ref, { type: 'merge', body: { data } })
    return
  }
  const metadata = { name, namespace: scene.namespace, labels }
  await scene.client.create<SecretObject>({ apiVersion: 'v1', kind: 'Secret', metadata, data })
}

/** A Secret with the key files of the vectors. */
export async function putKeys(scene: Scene, name: string, ...files: readonly string[]): Promise<void> {
  await putSecret(scene, name, Object.fromEntries(files.map((file) => [file, vector(`keys/${file}`)])))
}

/** `spec.decryption` with this key Secret. */
export function sops(name?: string): Pick<KustomizationSpec, 'decryption'> {
  return { decryption: { provider: 'sops', ...(name === undefined ? {} : { secretRef: { name } }) } }
}

/** The data of a live Secret, decoded. */
export async function secretData(scene: Scene, name: string): Promise<Record<string, Buffer>> {
  const { data = {} } = await scene.client.get<SecretObject>(scene.object('Secret', name))
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
}
