// SPDX-License-Identifier: Apache-2.0

/** Remembers which API groups refused to stream a list, so that a server without it is asked once a group and not by each informer. */
export class StreamingSupport {
  readonly #refused = new Set<string>()

  /** Whether a streamed list of the group is worth a try. */
  mayStream(group: string): boolean {
    return !this.#refused.has(group)
  }

  refuse(group: string): void {
    this.#refused.add(group)
  }
}

/** Thrown inside a watch that turns out not to stream its list. */
export class StreamingRefused extends Error {}

/** The annotation of the bookmark that ends a streamed list. */
export const initialEventsEnd = 'k8s.io/initial-events-end'
