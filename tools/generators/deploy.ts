// SPDX-License-Identifier: Apache-2.0
import { accessObjects, installationLabels } from '../../cli/src/up/access.ts'
import type { Generator } from '../generated-files.ts'
import { releaseVersion } from '../release-version.ts'
import { installedControllers, systemNamespace } from './deploy/controllers.ts'
import type { InstalledController } from './deploy/controllers.ts'
import { deployment } from './deploy/deployment.ts'
import { lockDownComponent } from './deploy/lock-down.ts'
import { monitoringFiles } from './deploy/monitoring.ts'
import { namespaceObject, policyObjects } from './deploy/namespace.ts'
import { persistentEventsFiles } from './deploy/persistent-events.ts'
import { services } from './deploy/service.ts'
import { userRoles } from './deploy/user-roles.ts'
import { renderKustomization, renderManifest } from './manifest.ts'

type Labels = Readonly<Record<string, string>>

/** The installation of Tidelock on a cluster, in the shape of Flux's: `kubectl apply -k deploy`. */
export const deployGenerator: Generator = {
  name: 'deploy',
  owns: ['deploy'],
  keeps: ['deploy/Dockerfile', 'deploy/Dockerfile.dockerignore'],
  run: () => {
    const version = `v${releaseVersion()}`
    const labels: Labels = { ...installationLabels(systemNamespace), 'app.kubernetes.io/version': version }
    return new Map([
      ['deploy/kustomization.yaml', topKustomization(labels)],
      ['deploy/lock-down/kustomization.yaml', lockDownComponent()],
      ['deploy/namespace.yaml', renderManifest([namespaceObject(labels)])],
      ['deploy/policies.yaml', renderManifest(policyObjects(labels))],
      ['deploy/user-roles.yaml', renderManifest(userRoles(labels))],
      ...inDirectory('monitoring', monitoringFiles(labels)),
      ...inDirectory('persistent-events', persistentEventsFiles(labels)),
      ...installedControllers.flatMap((controller) => controllerFiles(controller, labels, version)),
    ])
  },
}

function inDirectory(directory: string, files: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(files).map(([file, text]) => [`deploy/${directory}/${file}`, text])
}

/** The CRDs carry no labels of their own; everything else has the same ones written in its file. */
function topKustomization(labels: Labels): string {
  return renderKustomization({
    resources: [
      'namespace.yaml',
      '../crds',
      'policies.yaml',
      'user-roles.yaml',
      ...installedControllers.map(({ fullName }) => fullName),
    ],
    labels: [{ pairs: labels }],
  })
}

function controllerFiles(controller: InstalledController, labels: Labels, version: string): [string, string][] {
  const own = { ...labels, 'app.kubernetes.io/component': controller.fullName }
  const files: Record<string, readonly object[]> = {
    'rbac.yaml': accessObjects(controller, systemNamespace, labels),
    'deployment.yaml': [deployment(controller, own, version)],
    ...(controller.services === undefined ? {} : { 'service.yaml': services(controller, own) }),
  }
  return [
    ['kustomization.yaml', renderKustomization({ resources: Object.keys(files) })] as const,
    ...Object.entries(files).map(([file, objects]) => [file, renderManifest(objects)] as const),
  ].map(([file, text]) => [`deploy/${controller.fullName}/${file}`, text])
}
