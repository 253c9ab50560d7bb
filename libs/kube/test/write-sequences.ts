// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { Informer, KubeClient } from '@tidelock/kube'

/** What an informer saw of each object, in order: the numbers that `writeSequences` wrote. */
export class SeenSequences {
  readonly byName = new Map<string, number[]>()

  constructor(informer: Informer) {
    informer.subscribe({ upsert: (now) => this.#add(now) })
  }

  /** The last number seen of each object. */
  last(): Record<string, number | undefined> {
    return Object.fromEntries([...this.byName].map(([name, numbers]) => [name, numbers.at(-1)]))
  }

  #add(obj: KubeObject): void {
    const number = Number((obj['data'] as { n?: string } | undefined)?.n)
    const numbers = this.byName.get(obj.metadata.name)
    if (numbers === undefined) this.byName.set(obj.metadata.name, [number])
    else numbers.push(number)
  }
}

/** Writes 1, 2 … `count` into each of the ConfigMaps `c0`, `c1` …, round by round. `betweenRounds` runs after each. */
export async function writeSequences(
  client: KubeClient,
  namespace: string,
  {
    objects,
    count,
    betweenRounds,
  }: { objects: number; count: number; betweenRounds?: (round: number) => Promise<void> },
): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    await Promise.all(
      Array.from({ length: objects }, (_, i) =>
        client.apply(
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${i}`, namespace }, data: { n: String(n) } },
          { fieldManager: 'test', force: true },
        ),
      ),
    )
    await betweenRounds?.(n)
  }
}

/** `{ c0: n, c1: n, … }`. */
export function allAt(objects: number, n: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: objects }, (_, i) => [`c${i}`, n]))
}

/** 1, 2 … n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}
