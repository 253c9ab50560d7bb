// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { readUsage } from './usage.ts'
import type { Controllers } from './usage.ts'

/** A controller's requests since its start as it counts them itself, and as the API server's audit log has them. */
export interface AuditCheck {
  readonly ownCount: number
  readonly auditCount: number
}

/** Compares both counts for every controller. */
export async function checkAgainstAudit(
  controllers: Controllers,
  auditLogPath: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, AuditCheck>>> {
  const own = await readUsage(controllers, signal)
  const audited = await countByUser(createInterface({ input: createReadStream(auditLogPath) }))
  const checks = [...own].map(([name, { requests }]) => {
    const ownCount = [...requests.values()].reduce((sum, count) => sum + count, 0)
    const user = [...audited.keys()].find((each) => each.endsWith(`:${name}-controller`)) ?? ''
    return [name, { ownCount, auditCount: audited.get(user) ?? 0 }] as const
  })
  return Object.fromEntries(checks)
}

interface AuditEvent {
  readonly auditID?: string
  readonly user?: { readonly username?: string }
}

/** Requests by user in an audit log, one JSON event a line; a request that has several events counts once. */
export async function countByUser(lines: AsyncIterable<string>): Promise<ReadonlyMap<string, number>> {
  const seen = new Set<string>()
  const counts = new Map<string, number>()
  for await (const line of lines) {
    if (line === '') continue
    const { auditID = '', user } = JSON.parse(line) as AuditEvent
    if (seen.has(auditID)) continue
    seen.add(auditID)
    const name = user?.username ?? ''
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}
