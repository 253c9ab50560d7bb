// SPDX-License-Identifier: Apache-2.0

/** How long a connection to a server of sources stays open when nothing is sent on it, as with Go's programs; most servers end it earlier. */
export const idleConnectionMs = 90_000
