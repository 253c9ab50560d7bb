// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { findFreePort, isPortFree } from '@tidelock/local-cluster'
import type { ControllerAddresses } from './controllers.ts'

const names = ['metrics', 'health', 'storage', 'events', 'webhooks'] as const

/** The addresses that a controller had the last time, so that what others know of it stays true; others the first time, and where one is taken. */
export async function usualAddresses(file: string): Promise<ControllerAddresses> {
  try {
    const known = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    const addresses = names.map((name) => known[name])
    if (addresses.every(isAddress)) {
      const areFree = await Promise.all(addresses.map(isFree))
      if (!areFree.includes(false)) return toAddresses(addresses)
    }
  } catch {
    // none yet, or not readable: others serve as well
  }
  return freshAddresses(file)
}

/** Free addresses on loopback, which are the usual ones from now on. */
export async function freshAddresses(file: string): Promise<ControllerAddresses> {
  const ports = await Promise.all(names.map(() => findFreePort()))
  const addresses = toAddresses(ports.map((port) => `127.0.0.1:${port}`))
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, `${JSON.stringify(addresses)}\n`)
  return addresses
}

function toAddresses(values: readonly string[]): ControllerAddresses {
  return Object.fromEntries(names.map((name, index) => [name, values[index]])) as unknown as ControllerAddresses
}

function isFree(address: string): Promise<boolean> {
  return isPortFree(Number(address.split(':')[1]))
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && /^127\.0\.0\.1:\d+$/.test(value)
}
