// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { ArchiveError } from '../errors.ts'
import { compilePattern, judge } from './pattern.ts'

/** Whether a path, relative to the root, is to be left out. */
export type Ignored = (path: string, isDirectory: boolean) => boolean

/** With how many patterns a path is compared at most. */
export type IgnoreMatcher = Ignored & { readonly patterns: number }

/** More than anybody writes. Each path is compared with them, on the thread that all share: some tens of milliseconds. */
const maxPatterns = 10_000

/** The name of the files that hold patterns. */
export const sourceIgnoreFile = '.sourceignore'

/** What is never part of an artifact unless a pattern takes it back. */
export const vcsPatterns: readonly string[] = ['.git/', '.gitignore', '.gitmodules', '.gitattributes']

/** What is left out as long as nobody gives a pattern. */
export const defaultPatterns: readonly string[] = [
  '*.jpg *.jpeg *.gif *.png *.wmv *.flv *.tar.gz *.zip',
  '.github/ .circleci/ .travis.yml .gitlab-ci.yml appveyor.yml .drone.yml cloudbuild.yaml',
  'codeship-services.yml codeship-steps.yml',
  '**/.goreleaser.yml **/.sops.yaml **/.flux.yaml',
].flatMap((line) => line.split(' '))

/** Where patterns come from. */
export interface IgnoreOptions {
  /** Text of each `.sourceignore` by the directory that it stands in (the root is empty); its patterns hold below that. Those within `.git` do not count. */
  readonly sourceIgnoreFiles?: ReadonlyMap<string, string>
  /** `spec.ignore`: holds for the whole tree and comes last. */
  readonly specIgnore?: string
  /**
   * What comes before all of that. `flux` (default): version control files, and the default exclusions as long as there is not a
   * single pattern. `vcs`: version control files only. `none`: nothing.
   */
  readonly defaults?: 'flux' | 'vcs' | 'none'
}

/**
 * Flux's rules for what an artifact holds: the last pattern that matches wins, a pattern with `!` takes back. Each path is judged
 * for itself, so that a pattern can take back a file of an ignored directory (which Git's own rules do not allow).
 * Throws `LimitExceeded` for more than 10,000 patterns.
 */
export function ignoreMatcher(options: IgnoreOptions = {}): IgnoreMatcher {
  const { sourceIgnoreFiles = new Map<string, string>(), specIgnore = '', defaults = 'flux' } = options
  const given = [
    // only the order along one line of directories counts, since the scopes of others are disjoint
    ...[...sourceIgnoreFiles]
      .map(([directory, text]) => ({ scope: directory.split('/').filter((segment) => segment !== ''), text }))
      .filter(({ scope }) => !scope.includes('.git'))
      .sort((one, two) => one.scope.length - two.scope.length),
    { scope: [], text: specIgnore },
  ].map(({ scope, text }) => ({ scope, lines: patternLines(text) }))
  const count = given.reduce((sum, { lines }) => sum + lines.length, 0)
  const preset = { scope: [], lines: presetPatterns(defaults, count > 0) }
  // before they are compiled: of short ones a text of megabytes becomes gigabytes
  ensureFew(preset.lines.length + count)
  const patterns = [preset, ...given]
    .flatMap(({ scope, lines }) => lines.map((line) => compilePattern(line, scope)))
    .reverse()
  const ignored: Ignored = (path, isDirectory) => {
    const segments = path.split('/')
    for (const pattern of patterns) {
      const verdict = judge(pattern, segments, isDirectory)
      if (verdict !== undefined) return verdict === 'ignore'
    }
    return false
  }
  return Object.assign(ignored, { patterns: patterns.length })
}

function ensureFew(count: number): void {
  if (count <= maxPatterns) return
  throw new ArchiveError('LimitExceeded', `there are ${count} patterns, the limit is ${maxPatterns}`, {
    details: { limit: 'patterns' },
  })
}

function presetPatterns(defaults: 'flux' | 'vcs' | 'none', isAnyGiven: boolean): readonly string[] {
  if (defaults === 'none') return []
  return defaults === 'vcs' || isAnyGiven ? vcsPatterns : [...vcsPatterns, ...defaultPatterns]
}

/** Go's line scanner gives up, silently, on a line that does not fit its buffer. */
const maxLineBytes = 64 * 1024

/** The patterns of a text, one a line; blank lines and those that start with `#` are none. */
function patternLines(text: string): readonly string[] {
  const patterns: string[] = []
  for (const line of text.split('\n')) {
    if (line.length > maxLineBytes / 4 && Buffer.byteLength(line) >= maxLineBytes) break
    const pattern = line.endsWith('\r') ? line.slice(0, -1) : line
    if (pattern.startsWith('#') || pattern.trim() === '') continue
    patterns.push(pattern)
  }
  return patterns
}
