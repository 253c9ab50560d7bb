// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { findFreePort, isPortFree } from '@tidelock/local-cluster'
import type { ControllerAddresses } from './controllers.ts'

/** The addresses that a controller had the last time, so that what others know of it stays true; others the first time, and where one is taken. */
export async function usualAddresses(file: string): Promise<ControllerAddresses> {
  try {
    const { metrics, health, storage } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    if (isAddress(metrics) && isAddress(health) && isAddress(storage)) {
      const areFree = await Promise.all([metrics, health, storage].map(isFree))
      if (!areFree.includes(false)) return { metrics, health, storage }
    }
  } catch {
    // none yet, or not readable: others serve as well
  }
  return freshAddresses(file)
}

/** Free addresses on loopback, which are the usual ones from now on. */
export async function freshAddresses(file: string): Promise<ControllerAddresses> {
  const [metrics, health, storage] = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
  const addresses = { metrics: `127.0.0.1:${metrics}`, health: `127.0.0.1:${health}`, storage: `127.0.0.1:${storage}` }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, `${JSON.stringify(addresses)}\n`)
  return addresses
}

function isFree(address: string): Promise<boolean> {
  return isPortFree(Number(address.split(':')[1]))
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^127\.0\.0\.1:\d+$/.test(value)
}
