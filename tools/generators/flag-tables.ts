// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { featureGates as kustomizeGates } from '../../controllers/kustomize/src/features.ts'
import { createCommand as createKustomizeCommand } from '../../controllers/kustomize/src/options.ts'
import { featureGates as notificationGates } from '../../controllers/notification/src/features.ts'
import { createCommand as createNotificationCommand } from '../../controllers/notification/src/options.ts'
import { featureGates as sourceGates } from '../../controllers/source/src/features.ts'
import { createCommand as createSourceCommand } from '../../controllers/source/src/options.ts'
import type { Generator } from '../generated-files.ts'
import { renderTable, replaceSection } from './markdown.ts'

interface Flag {
  readonly long?: string | undefined
  readonly defaultValueDescription?: string | undefined
  readonly description: string
}

interface Documented {
  readonly directory: string
  readonly createCommand: (tempDir: string) => { readonly command: { readonly options: readonly Flag[] } }
  readonly featureGates: Readonly<Record<string, { readonly default: boolean; readonly description: string }>>
}

const root = resolve(import.meta.dirname, '../..')
const controllers: readonly Documented[] = [
  { directory: 'controllers/source', createCommand: createSourceCommand, featureGates: sourceGates },
  { directory: 'controllers/kustomize', createCommand: createKustomizeCommand, featureGates: kustomizeGates },
  { directory: 'controllers/notification', createCommand: createNotificationCommand, featureGates: notificationGates },
]

/** The tables of flags and feature gates in the controllers' READMEs, from what the controllers really declare. */
export const flagTableGenerator: Generator = {
  name: 'flag tables',
  owns: [],
  run: () => new Map(controllers.map((controller) => [`${controller.directory}/README.md`, readme(controller)])),
}

function readme({ directory, createCommand, featureGates }: Documented): string {
  const current = readFileSync(resolve(root, directory, 'README.md'), 'utf8')
  const flags = createCommand('/tmp').command.options.map(({ long, defaultValueDescription, description }) => [
    code(long ?? ''),
    code(defaultValueDescription ?? ''),
    description,
  ])
  const gates = Object.entries(featureGates).map(([name, gate]) => [
    code(name),
    code(String(gate.default)),
    gate.description,
  ])
  const withFlags = replaceSection(current, 'flags', renderTable(['flag', 'default', 'what it does'], flags))
  return replaceSection(withFlags, 'gates', renderTable(['gate', 'default', 'what it does'], gates))
}

const code = (text: string): string => (text === '' ? '' : `\`${text}\``)
