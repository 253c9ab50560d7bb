// SPDX-License-Identifier: Apache-2.0
// Fills a spool and says on stdout which records are durable, until it is killed. Started by spool-kill.test.ts.
import { Spool } from '@tidelock/bus'

const [directory = '', prefix = ''] = process.argv.slice(2)
const fail = (what: unknown): never => {
  throw new Error(`unexpected: ${JSON.stringify(what)}`)
}
const spool = await Spool.open({ directory, maxBytes: 1 << 28, onOverflow: fail, onCorrupt: fail, onFault: fail })
for (let round = 0; ; round++) {
  const ids = Array.from({ length: 5 }, (_, index) => `${prefix}-${round}-${index}`)
  await Promise.all(
    ids.map((id) =>
      spool.put([
        {
          id,
          event: {
            involvedObject: { kind: 'Kustomization', namespace: 'apps', name: id, uid: id },
            severity: 'info',
            timestamp: '2026-01-01T00:00:00Z',
            message: 'm'.repeat(500),
            reason: 'R',
            reportingController: 'c',
          },
        },
      ]),
    ),
  )
  process.stdout.write(`${ids.join('\n')}\n`)
}
