// SPDX-License-Identifier: Apache-2.0

/** How many Kustomizations the fleet has beside its entry. */
export const apps = 50
const configMapsEach = 3

const names = (): string[] => Array.from({ length: apps }, (_, index) => `app-${String(index).padStart(2, '0')}`)

/** Name of each ConfigMap that the fleet applies. */
export function configMapNames(): string[] {
  return names().flatMap((app) => Array.from({ length: configMapsEach }, (_, index) => `${app}-${index}`))
}

/** The files of the repository; `release` stands in every ConfigMap. */
export function fleetFiles(release: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const app of names()) {
    files[`clusters/local/${app}.yaml`] = kustomization(app)
    files[`apps/${app}/settings.yaml`] = Array.from({ length: configMapsEach }, (_, index) =>
      configMap(`${app}-${index}`, release),
    ).join('---\n')
  }
  return files
}

function kustomization(name: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: ${name}
  namespace: flux-system
spec:
  interval: 10m
  retryInterval: 2s
  path: ./apps/${name}
  prune: true
  sourceRef:
    kind: GitRepository
    name: fleet
`
}

function configMap(name: string, release: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: default
data:
  release: ${release}
`
}
