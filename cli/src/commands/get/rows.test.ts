// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { findKind } from '../../kinds/kinds.ts'
import type { CommandKind } from '../../kinds/kind.ts'
import { toTable } from './rows.ts'

const digest = 'dd392ae8a56922e17c08053a5c8f71cad3a6489db35daad4c545567518b47163'

function messageOf(kind: string, message: string): string {
  const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', message } as const
  const object = { apiVersion: 'v1', kind, metadata: { name: 'a' }, status: { conditions: [ready] } }
  const table = toTable(findKind(kind) as CommandKind, [object] as never, { header: false }, false)
  return table.split('\t').at(-2) ?? ''
}

it('shows the path of a Receiver whole, as flux does: people copy it', () => {
  const message = `Receiver initialized for path: /hook/${digest}`
  expect(messageOf('Receiver', message)).toBe(message)
})

it.each(['GitRepository', 'OCIRepository', 'Kustomization'])('shortens the digests in the message of a %s', (kind) =>
  expect(messageOf(kind, `Applied revision: main@sha1:${digest.slice(0, 40)}`)).toBe(
    'Applied revision: main@sha1:dd392ae8',
  ),
)
