// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** The metadata, each as a line or a field, in the order in which it is told elsewhere. */
export function metadataOf<T>({ metadata = {} }: FluxEvent, show: (key: string, value: string) => T): T[] {
  return Object.entries(metadata).map(([key, value]) => show(key, value))
}
