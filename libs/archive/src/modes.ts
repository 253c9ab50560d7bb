// SPDX-License-Identifier: Apache-2.0

/** The modes that Flux gives everything in an artifact. */
export const fileMode = 0o600
export const executableMode = 0o700
export const directoryMode = 0o750

/** The mode in the artifact of a file with a Git or unix mode. */
export function normaliseFileMode(mode: number): number {
  return (mode & 0o111) === 0 ? fileMode : executableMode
}

const typeBits = 0o170000
const regularType = 0o100000

/** Whether a mode is that of a regular file; one without type bits is. */
export function isRegularMode(mode: number): boolean {
  const type = mode & typeBits
  return type === 0 || type === regularType
}
