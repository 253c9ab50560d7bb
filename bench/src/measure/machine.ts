// SPDX-License-Identifier: Apache-2.0
import { cpus, totalmem } from 'node:os'
import { readFile } from 'node:fs/promises'
import type { KubeClient } from '@tidelock/kube'

/** On what the figures were taken. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGiB: number
  readonly node: string
  readonly kubernetes: string
  readonly tidelock: string
}

/** Reads the machine and the versions. */
export async function describeMachine(client: KubeClient, signal: AbortSignal): Promise<Machine> {
  const { body } = await client.raw({ path: '/version', signal })
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const processors = cpus()
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kubernetes: (JSON.parse(body) as { gitVersion: string }).gitVersion,
    tidelock: (JSON.parse(manifest) as { version: string }).version,
  }
}
