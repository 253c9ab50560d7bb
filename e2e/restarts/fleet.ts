// SPDX-License-Identifier: Apache-2.0

/** How many Kustomizations the fleet has beside its entry. */
export const apps = 50
const configMapsEach = 3
/** So many do not wait for the gate. */
const ahead = 25

const names = (): string[] => Array.from({ length: apps }, (_, index) => `app-${String(index).padStart(2, '0')}`)

/** Name of each ConfigMap that the fleet applies. */
export function configMapNames(): string[] {
  return names().flatMap((app) => Array.from({ length: configMapsEach }, (_, index) => `${app}-${index}`))
}

/** Name of the ConfigMap in `default` that the first app waits for, and by it the later half: until it is there a sync stays midway. */
export function gateOf(release: string): string {
  return `go-${release}`
}

/** The files of the repository; `release` stands in every ConfigMap. */
export function fleetFiles(release: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const [index, app] of names().entries()) {
    const extra = index === 0 ? waitsForGate(release) : index < ahead ? '' : waitsForFirst
    files[`clusters/local/${app}.yaml`] = `${kustomization(app)}${extra}`
    files[`apps/${app}/settings.yaml`] = Array.from({ length: configMapsEach }, (_, index) =>
      configMap(`${app}-${index}`, release),
    ).join('---\n')
  }
  return files
}

const waitsForFirst = '  dependsOn:\n    - name: app-00\n'

function waitsForGate(release: string): string {
  return `  timeout: 10m
  healthChecks:
    - apiVersion: v1
      kind: ConfigMap
      name: ${gateOf(release)}
      namespace: default
`
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
