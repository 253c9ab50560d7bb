// SPDX-License-Identifier: Apache-2.0
// Random overlays in which ids meet: few names in few namespaces, bases, components, generators that create, merge and
// replace, renames, references to what is renamed, and sometimes what Kustomize must refuse.

type Random = () => number
type Yaml = Readonly<Record<string, unknown>>

/** Mulberry32: the same seed gives the same numbers. */
function random(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const namespaces = [undefined, undefined, 'default', 'x', 'y']

/** The files of one overlay, which is built at `root`. */
export function randomTree(seed: number): Readonly<Record<string, string>> {
  return new TreeMaker(random(seed)).make()
}

class TreeMaker {
  readonly #random: Random
  readonly #files: Record<string, string> = {}
  /** How often one id may come twice; most trees must build. */
  readonly #duplicates: number

  constructor(next: Random) {
    this.#random = next
    this.#duplicates = this.#chance(0.2) ? 0.05 : 0
  }

  make(): Readonly<Record<string, string>> {
    const bases = this.#some(3).map((i) => this.#kustomization(`base${i}`, { prefix: 0.9 }))
    const components = this.#some(2).map((i) => this.#kustomization(`component${i}`, { prefix: 0.3, component: true }))
    this.#kustomization('root', { prefix: 0.5, bases, components })
    return this.#files
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }

  #some(max: number): number[] {
    return Array.from({ length: Math.floor(this.#random() * (max + 1)) }, (_, i) => i)
  }

  #kustomization(
    directory: string,
    options: { prefix: number; component?: true; bases?: readonly string[]; components?: readonly string[] },
  ): string {
    const objects = this.#objects(options.component === true ? 4 : 14)
    const resources = this.#write(directory, objects)
    const file = {
      apiVersion: `kustomize.config.k8s.io/v1${options.component === true ? 'alpha1' : 'beta1'}`,
      kind: options.component === true ? 'Component' : 'Kustomization',
      resources: [...resources, ...(options.bases ?? []).map((base) => `../${base}`)],
      ...(options.components === undefined ? {} : { components: options.components.map((name) => `../${name}`) }),
      ...(this.#chance(options.prefix) ? { namePrefix: `${directory}-` } : {}),
      ...(this.#chance(0.15) ? { nameSuffix: `-${this.#pick(names)}` } : {}),
      ...(this.#chance(0.2) ? { namespace: this.#pick(['x', 'z']) } : {}),
      ...(this.#chance(0.6) ? { configMapGenerator: this.#generators(directory, 'ConfigMap', objects) } : {}),
      ...(this.#chance(0.2) ? { secretGenerator: this.#generators(directory, 'Secret', objects) } : {}),
      ...(this.#chance(0.3) ? { patches: this.#patches(objects) } : {}),
      ...(this.#chance(0.1) ? { sortOptions: { order: this.#pick(['legacy', 'fifo']) } } : {}),
      ...(this.#chance(0.1) ? { buildMetadata: ['originAnnotations', 'transformerAnnotations'] } : {}),
      ...(this.#chance(0.6) ? { configurations: ['names.yaml'] } : {}),
    }
    this.#files[`${directory}/names.yaml`] = JSON.stringify({ nameReference: this.#nameReferences() })
    this.#files[`${directory}/kustomization.yaml`] = JSON.stringify(file)
    return directory
  }

  /** One of them writes the name of the referrer itself. */
  #nameReferences(): Yaml[] {
    const path = this.#pick(['spec/config', 'spec/configs/name', 'metadata/name', 'metadata/labels/config'])
    return [{ kind: 'ConfigMap', version: 'v1', fieldSpecs: [{ kind: 'Widget', path }] }]
  }

  #write(directory: string, objects: readonly Yaml[]): string[] {
    const files: string[] = []
    for (let at = 0; at < objects.length;) {
      const length = 1 + Math.floor(this.#random() * 3)
      const part = objects.slice(at, at + length)
      const text = this.#chance(0.1)
        ? JSON.stringify({ apiVersion: 'v1', kind: 'List', items: part })
        : part.map((object) => JSON.stringify(object)).join('\n---\n')
      const name = `${at}.yaml`
      this.#files[`${directory}/${name}`] = text
      files.push(name)
      at += length
    }
    return files
  }

  #objects(max: number): Yaml[] {
    const seen = new Set<string>()
    const objects: Yaml[] = []
    for (const _ of this.#some(max)) {
      const object = this.#object()
      const { name, namespace } = object['metadata'] as { name: string; namespace?: string }
      const id = `${String(object['kind'])}/${namespace ?? 'default'}/${name}`
      if (seen.has(id) && !this.#chance(this.#duplicates)) continue
      seen.add(id)
      objects.push(object)
    }
    return objects
  }

  #object(): Yaml {
    const metadata = this.#metadata()
    const { name } = metadata
    const config = { configMapKeyRef: { name: this.#pick(names), key: 'k' } }
    const pod = {
      serviceAccountName: this.#pick(names),
      containers: [{ name: 'm', image: 'i', env: [{ name: 'E', valueFrom: config }] }],
      volumes: [{ name: 'v', secret: { secretName: this.#pick(names) } }],
    }
    const account = { kind: 'ServiceAccount', name: this.#pick(names), namespace: this.#pick(['default', 'x', 'y']) }
    const clusterWide = { name: name as string }
    return this.#pick<Yaml>([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'v' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'v' } },
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { k: 'v' } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: 'm' } } },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: pod } } },
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata,
        spec: { jobTemplate: { spec: { template: { spec: pod } } } },
      },
      {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        metadata,
        spec: { config: this.#pick(names), configs: [{ name: 'a' }] },
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: this.#pick(['Role', 'ClusterRole']),
          name: this.#pick(names),
        },
        subjects: [account],
      },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [] },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: clusterWide, rules: [] },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: clusterWide,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: this.#pick(names) },
        subjects: [account],
      },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata,
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: this.#pick(names) } },
      },
    ])
  }

  #metadata(): Yaml {
    const namespace = this.#pick(namespaces)
    return {
      name: this.#pick(names),
      ...(namespace === undefined ? {} : { namespace }),
      ...(this.#chance(0.05) ? { annotations: { 'config.kubernetes.io/local-config': 'true' } } : {}),
    }
  }

  #generators(directory: string, kind: string, objects: readonly Yaml[]): Yaml[] {
    const existing = objects.filter((object) => object['kind'] === kind).map(({ metadata }) => metadata as Yaml)
    return this.#some(4).map((i) => {
      const isMerged = this.#chance(existing.length > 0 ? 0.4 : 0.01)
      const { name, namespace } = isMerged
        ? this.#chance(0.97) && existing.length > 0
          ? this.#pick(existing)
          : this.#metadata()
        : { ...this.#metadata(), name: this.#chance(0.97) ? `${directory}${i}` : this.#pick(names) }
      return {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(isMerged ? { behavior: this.#pick(['merge', 'replace']) } : {}),
        literals: [`k=${i}`],
        ...(this.#chance(0.3) ? { options: { disableNameSuffixHash: true } } : {}),
      }
    })
  }

  #patches(objects: readonly Yaml[]): Yaml[] {
    const target = objects.length > 0 ? this.#pick(objects) : undefined
    if (target === undefined) return []
    const { apiVersion, kind, metadata } = target
    const { name, namespace } = metadata as { name: string; namespace?: string }
    const labels = { patched: 'yes' }
    const renamed = [
      { op: 'replace', path: '/metadata/name', value: this.#pick(names) },
      { op: 'add', path: '/metadata/labels', value: labels },
    ]
    return this.#pick<Yaml[]>([
      [{ patch: JSON.stringify({ apiVersion, kind, metadata: { ...(metadata as Yaml), labels } }) }],
      [
        {
          patch: JSON.stringify({
            apiVersion,
            kind,
            metadata: { name, namespace, $patch: 'delete' },
            $patch: 'delete',
          }),
        },
      ],
      [{ target: { kind, name }, patch: JSON.stringify(renamed) }],
      [
        {
          target: { kind, name },
          patch: JSON.stringify({ apiVersion, kind, metadata: { name: this.#pick(names) } }),
          options: { allowNameChange: true },
        },
      ],
    ])
  }
}
