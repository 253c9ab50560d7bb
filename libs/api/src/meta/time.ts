// SPDX-License-Identifier: Apache-2.0

/** The time as Kubernetes writes it: RFC 3339 in UTC, cut (not rounded) to whole seconds. */
export function formatTime(time: Date): string {
  return `${new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString().slice(0, 19)}Z`
}
