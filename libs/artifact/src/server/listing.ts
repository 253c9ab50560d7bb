// SPDX-License-Identifier: Apache-2.0
import type { Dirent } from 'node:fs'
import { isTemporaryName, lockSuffix } from '../names.ts'

/** Whether a name is never shown nor served: locks, files that are being written, and everything else that is hidden. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.') || name.endsWith(lockSuffix) || isTemporaryName(name)
}

/** The page that lists a directory, as Go's file server has it. */
export function renderListing(entries: readonly Dirent[]): string {
  const names = entries
    .filter(({ name }) => !isHiddenName(name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
  const lines = names.map((name) => `<a href="${escapeHtml(toHref(name))}">${escapeHtml(name)}</a>\n`)
  const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n'
  return `${head}<pre>\n${lines.join('')}</pre>\n`
}

/** A relative reference; a name with a colon would read as a scheme. */
function toHref(name: string): string {
  const path = name.split('/').map(encodeURIComponent).join('/')
  return name.includes(':') ? `./${path}` : path
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
