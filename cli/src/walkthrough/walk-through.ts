// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { CliError } from '../errors.ts'
import type { House } from '../up/house.ts'
import { pushChange } from './steps/push-change.ts'
import { firstSync } from './steps/first-sync.ts'
import { pruneFile } from './steps/prune-file.ts'
import { readInbox } from './steps/read-inbox.ts'
import { undoDeletion, undoEdit } from './steps/undo.ts'
import type { Stage, StageOptions } from './stage.ts'
import { openStage } from './stage.ts'

/** One thing that is shown. It throws when what it promises did not happen. */
interface Scene {
  readonly title: string
  readonly play: (stage: Stage) => Promise<void>
}

const scenes: readonly Scene[] = [
  { title: 'What stands in Git becomes live', play: firstSync },
  { title: 'A commit is pushed', play: pushChange },
  { title: 'Somebody edits by hand', play: undoEdit },
  { title: 'Somebody deletes by hand', play: undoDeletion },
  { title: 'A file is deleted in Git', play: pruneFile },
  { title: 'People are told', play: readInbox },
]

/** Shows what the system does on the running sample, each step with its measured time. Throws StepFailed at the first that does not hold. */
export async function walkThrough(house: House, options: StageOptions): Promise<void> {
  const { screen, environment } = options
  const { bold, green } = screen.colors
  await using stage = await openStage(house, options)
  for (const [index, { title, play }] of scenes.entries()) {
    screen.line()
    screen.line(bold(`  ${index + 1}. ${title}`))
    try {
      await play(stage)
    } catch (cause) {
      if (environment.signal.aborted) throw cause
      throw new CliError('StepFailed', `step ${index + 1} (${title}) did not hold: ${errorMessage(cause)}`, { cause })
    }
  }
  screen.line()
  screen.line(green(`  All ${scenes.length} steps held.`))
}
