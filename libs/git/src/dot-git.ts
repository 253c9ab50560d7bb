// SPDX-License-Identifier: Apache-2.0

/** What HFS+ leaves out of a name before it compares (Git's utf8.c, next_hfs_char). */
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/**
 * Whether some file system takes a name for `.git`: in another case, with dots and spaces or a stream's name behind it (NTFS), as its
 * short name `git~1`, or with characters that do not count (HFS+). Git refuses all of them, wherever it runs.
 */
export function isDotGit(name: string): boolean {
  return /^(?:\.git|git~1)[ .]*(?:$|[:\\/])/i.test(name) || name.replace(ignoredByHfs, '').toLowerCase() === '.git'
}
