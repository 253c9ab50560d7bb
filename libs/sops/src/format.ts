// SPDX-License-Identifier: Apache-2.0

/** The formats of SOPS. `binary` is a JSON envelope with the one key `data`. */
export type SopsFormat = 'yaml' | 'json' | 'dotenv' | 'ini' | 'binary'

const suffixes: readonly (readonly [string, SopsFormat])[] = [
  ['.dockerconfigjson', 'json'],
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.json', 'json'],
  ['.env', 'dotenv'],
  ['.ini', 'ini'],
]

/** The format of a file by the end of its name, `binary` for any other; `.dockerconfigjson` is JSON as in Flux. */
export function formatOfPath(path: string): SopsFormat {
  return suffixes.find(([suffix]) => path.endsWith(suffix))?.[1] ?? 'binary'
}

const markers: readonly (readonly [SopsFormat, string])[] = [
  ['json', '"mac": "ENC['],
  ['yaml', 'mac: ENC['],
  ['dotenv', 'sops_mac=ENC['],
  ['ini', '[sops]'],
]

/** Whether the bytes hold the text by which Flux knows an encrypted file of the format. */
export function hasMarker(bytes: Uint8Array, format: SopsFormat): boolean {
  const known = format === 'binary' ? 'json' : format
  return markers.some(
    ([of, marker]) => of === known && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(marker),
  )
}

/** The format whose marker the bytes hold, undefined where none does. An encrypted binary file shows as `json`. */
export function formatOfContent(bytes: Uint8Array): SopsFormat | undefined {
  return markers.find(([format]) => hasMarker(bytes, format))?.[0]
}
