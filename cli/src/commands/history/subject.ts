// SPDX-License-Identifier: Apache-2.0
import { escapeToken, eventSubjectPrefix } from '@tidelock/bus'

/** What events are about; absent: whatever. */
export interface HistoryFilter {
  readonly severity: string | undefined
  readonly kind: string | undefined
  readonly namespace: string | undefined
  readonly name: string | undefined
}

/** The subject of exactly those events: the bus itself leaves the others out. */
export function historySubject({ severity, kind, namespace, name }: HistoryFilter): string {
  const tokens = [severity, kind?.toLowerCase(), namespace, name]
  return [eventSubjectPrefix, ...tokens.map((token) => (token === undefined ? '*' : escapeToken(token)))].join('.')
}
