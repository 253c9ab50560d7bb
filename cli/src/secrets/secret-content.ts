// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@tidelock/api'
import type { Connection } from '../connect.ts'

/** What is in a Secret, beside its name. */
export interface SecretContent {
  /** Absent: the server's default, Opaque. */
  readonly type?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly stringData: Readonly<Record<string, string>>
}

/** What a Secret is called. */
export interface SecretName {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** The Secret as it is exported and applied. */
export function toSecret({ name, namespace, labels }: SecretName, content: SecretContent): JsonObject {
  const { type, annotations, stringData } = content
  return {
    ...{ apiVersion: 'v1', kind: 'Secret' },
    metadata: {
      ...{ name, namespace },
      ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    },
    ...(Object.keys(stringData).length === 0 ? {} : { stringData: { ...stringData } }),
    ...(type === undefined ? {} : { type }),
  }
}

/** Creates the Secret, or adds its values, labels and annotations to the one that is there. Throws KubeError. */
export async function applySecret(
  { client, namespace }: Connection,
  secret: JsonObject,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name }
  const existing = await client.find(ref, { signal })
  const object = { ...secret, ...ref, metadata: { ...(secret['metadata'] as JsonObject), name, namespace } }
  if (existing === undefined) return void (await client.create(object, { fieldManager: 'tidelock', signal }))
  // the type of a Secret cannot be changed
  const { type: _type, ...body } = object as typeof object & { type?: string }
  await client.patch(ref, { type: 'merge', body, fieldManager: 'tidelock', signal })
}
