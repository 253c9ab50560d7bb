// SPDX-License-Identifier: Apache-2.0
import { renderYaml } from '../../../libs/api/src/generate.ts'
import { renderManifest } from '../manifest.ts'
import { systemNamespace } from './controllers.ts'

const name = 'notification-controller'
const claim = `${name}-events`
const volume = { name: 'events', mountPath: '/events' }

/**
 * A component that an overlay adds to `deploy/`: a volume for what the notification controller has accepted and not told yet, its dead
 * letters and what it remembers, which then outlive the pod.
 */
export function persistentEventsFiles(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const add = (path: string, value: unknown): object => ({ op: 'add', path, value })
  const template = '/spec/template/spec'
  const patch = [
    // a volume of one node: the old pod has to let go of it first
    add('/spec/strategy', { type: 'Recreate' }),
    add(`${template}/volumes/-`, { name: volume.name, persistentVolumeClaim: { claimName: claim } }),
    add(`${template}/containers/0/volumeMounts/-`, volume),
    add(`${template}/containers/0/args/-`, `--spool-dir=${volume.mountPath}`),
  ]
  return {
    'kustomization.yaml': renderManifest([
      {
        apiVersion: 'kustomize.config.k8s.io/v1alpha1',
        kind: 'Component',
        resources: ['volume-claim.yaml'],
        patches: [{ target: { kind: 'Deployment', name }, patch: renderYaml(patch) }],
      },
    ]),
    'volume-claim.yaml': renderManifest([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: claim, namespace: systemNamespace, labels },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ]),
  }
}
