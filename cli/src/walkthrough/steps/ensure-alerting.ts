// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../stage.ts'
import { inboxAlert } from './objects.ts'

const directory = 'clusters/local'
const file = 'notifications.yaml'

/** Commits the sample's Alert to a repository that lacks it: an earlier version made it, or somebody took the file out. */
export async function ensureAlerting(stage: Stage): Promise<void> {
  const place = join(stage.clone, directory)
  if (existsSync(join(place, file))) return
  await copyFile(join(stage.sampleDirectory, directory, file), join(place, file))
  await nameIt(join(place, 'kustomization.yaml'))
  await stage.git('add', directory)
  await stage.git('commit', '--quiet', '-m', 'Tell people')
  stage.typed(`git add ${directory}/${file} && git commit -am 'Tell people' && git push`)
  await stage.git('push', '--quiet')
  const tookMs = await stage.until('alert/inbox is there', performance.now(), async () =>
    (await stage.find(inboxAlert)) === undefined ? 'it is not there' : undefined,
  )
  stage.came('alert/inbox is there: this repository told nobody so far', tookMs)
}

async function nameIt(kustomization: string): Promise<void> {
  const before = await readFile(kustomization, 'utf8')
  if (before.includes(file)) return
  await writeFile(kustomization, before.replace('resources:\n', `resources:\n  - ${file}\n`))
}
