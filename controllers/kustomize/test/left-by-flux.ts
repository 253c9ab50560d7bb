// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'

const directory = new URL('../testdata/left-by-flux/', import.meta.url)

/** The repository that Flux applied, by path. */
export async function fluxSource(): Promise<Record<string, string>> {
  return {
    'app/app.yaml': await readFluxFile('source-app.yaml'),
    'app/kustomization.yaml': await readFluxFile('source-kustomization.yaml'),
  }
}

/** A file as Flux left it. */
export function readFluxFile(name: string): Promise<string> {
  return readFile(new URL(name, directory), 'utf8')
}
