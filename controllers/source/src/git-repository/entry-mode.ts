// SPDX-License-Identifier: Apache-2.0
const fileType = 0o170000

/** Whether Git's mode is that of a file, executable or not: no symlink, submodule or directory. */
export function isRegular({ mode }: { readonly mode: number }): boolean {
  return (mode & fileType) === 0o100000
}

/** Whether Git's mode is that of a directory. */
export function isDirectory({ mode }: { readonly mode: number }): boolean {
  return (mode & fileType) === 0o040000
}
