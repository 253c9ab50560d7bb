// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Kustomization } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import { conditionsOf, configMap } from './harness.ts'
import type { Scene, SceneSpec } from './harness.ts'

/** Type of the condition that says what drifted. */
const driftedCondition = 'kustomize.tidelock.dev/Drifted'
/** Annotation that sets the mode. */
export const driftAnnotation = 'kustomize.tidelock.dev/drift'

/** Changes the object as the field manager would. */
export function edit(
  scene: Scene,
  ref: ObjectRef,
  body: object,
  { fieldManager = 'kubectl-edit', subresource }: { fieldManager?: string; subresource?: string } = {},
): Promise<unknown> {
  const options = { type: 'merge', body, fieldManager } as const
  return scene.client.patch(ref, subresource === undefined ? options : { ...options, subresource })
}

/** Applies a ConfigMap by a Kustomization of its own, both with that name, and returns where the ConfigMap is. */
export async function managed(
  scene: Scene,
  name: string,
  spec: SceneSpec = {},
  annotations: Readonly<Record<string, string>> = {},
): Promise<ObjectRef> {
  const revision = await scene.publish({ 'a.yaml': configMap(name) }, { source: name })
  await scene.create(name, { sourceRef: { kind: 'GitRepository', name }, ...spec }, annotations)
  await scene.untilReady(name, revision)
  return scene.object('ConfigMap', name)
}

let passes = 0
/** Has a hand edit elsewhere undone: what was to be done at once about earlier changes is done by then. */
export async function passOneCorrection(scene: Scene): Promise<void> {
  passes += 1
  const ref = await managed(scene, `pass-${passes}`, {}, { [driftAnnotation]: 'correct' })
  await edit(scene, ref, { data: { key: 'edited' } })
  await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
}

/** The events about drift of the Kustomization, in order. */
export function driftReports(scene: Scene, name: string): string[] {
  return scene.receiver
    .of(name)
    .filter(({ reason }) => reason === 'DriftDetected')
    .map(({ message }) => message)
}

/** Waits for the condition about drift to have the status. */
export async function untilDrifted(scene: Scene, name: string, status: 'True' | 'False'): Promise<string> {
  const obj = await scene.until(name, (each) => drifted(each)?.[0] === status)
  return drifted(obj)?.[2] ?? ''
}

/** Status, reason and message of the condition about drift. */
export function drifted(obj: Kustomization): [string, string, string] | undefined {
  return conditionsOf(obj)[driftedCondition]
}

/** Runs the real kubectl in the namespace of the scene. */
export async function kubectl(scene: Scene, ...args: string[]): Promise<void> {
  await promisify(execFile)('kubectl', ['--kubeconfig', scene.cluster.kubeconfigPath, '-n', scene.namespace, ...args])
}
