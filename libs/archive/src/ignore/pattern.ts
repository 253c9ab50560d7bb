// SPDX-License-Identifier: Apache-2.0
import type { NameTest } from './glob.ts'
import { compileName } from './glob.ts'

/** What one pattern says about a path. */
export type Verdict = 'ignore' | 'keep' | undefined

/** One line of an ignore file, compiled. */
export interface Pattern {
  /** The directory that the pattern holds below, as segments. */
  readonly scope: readonly string[]
  readonly verdict: 'ignore' | 'keep'
  /** Whether the pattern, scope taken off, matches a path or a directory above it. */
  readonly test: (path: readonly string[], isDirectory: boolean) => boolean
}

type Step =
  | { readonly kind: 'root' }
  | { readonly kind: 'any-depth' }
  | { readonly kind: 'name'; readonly test: NameTest }

/**
 * Compiles a pattern by the rules of the matcher that Flux uses (go-git's), which are not quite Git's: a pattern also matches
 * everything below what it names, `a/**` also matches `a`, `\` in front does not undo `!` or `#`.
 */
export function compilePattern(line: string, scope: readonly string[]): Pattern {
  const isKeep = line.startsWith('!')
  let text = isKeep ? line.slice(1) : line
  if (!text.endsWith('\\ ')) text = withoutSpacesBehind(text)
  const onlyDirectories = text.endsWith('/')
  if (onlyDirectories) text = text.slice(0, -1)
  return {
    scope,
    verdict: isKeep ? 'keep' : 'ignore',
    test: text.includes('/') ? pathTest(text, onlyDirectories) : nameTest(text, onlyDirectories),
  }
}

/** In one pass: a regular expression would start anew at each of 60,000 spaces. */
function withoutSpacesBehind(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === ' ') end -= 1
  return text.slice(0, end)
}

/** What the pattern says about a path given as segments from the root. */
export function judge({ scope, verdict, test }: Pattern, path: readonly string[], isDirectory: boolean): Verdict {
  if (path.length <= scope.length || scope.some((segment, at) => path[at] !== segment)) return undefined
  return test(scope.length === 0 ? path : path.slice(scope.length), isDirectory) ? verdict : undefined
}

/** Without a slash a pattern may match any segment; the first that it matches decides. */
function nameTest(text: string, onlyDirectories: boolean): Pattern['test'] {
  const test = compileName(text)
  return (path, isDirectory) => {
    const at = path.findIndex((segment) => test(segment))
    if (at === -1) return false
    return !onlyDirectories || isDirectory || at < path.length - 1
  }
}

function pathTest(text: string, onlyDirectories: boolean): Pattern['test'] {
  const steps = compileSteps(text.split('/'))
  if (steps === undefined) return () => false
  return (path, isDirectory) => {
    const used = consume(steps, path)
    if (used === undefined) return false
    return !onlyDirectories || isDirectory || used < path.length
  }
}

/** Undefined when two stars stand beside other characters: such a pattern matches nothing once matching gets there. */
function compileSteps(segments: readonly string[]): readonly Step[] | undefined {
  const steps: Step[] = []
  for (const [at, segment] of segments.entries()) {
    if (segment === '') steps.push({ kind: 'root' })
    else if (segment === '**') {
      if (at === segments.length - 1) break
      steps.push({ kind: 'any-depth' })
    } else if (segment.includes('**')) return undefined
    else steps.push({ kind: 'name', test: compileName(segment) })
  }
  return steps
}

/** How many segments the steps take from the front of a path, or undefined when they do not match. */
function consume(steps: readonly Step[], path: readonly string[]): number | undefined {
  let used = 0
  let anyDepth = false
  let isMatched = false
  for (const step of steps) {
    if (step.kind !== 'name') {
      anyDepth = step.kind === 'any-depth'
      continue
    }
    const limit = anyDepth ? path.length : Math.min(path.length, used + 1)
    let at = used
    while (at < limit && !step.test(path[at] ?? '')) at += 1
    if (at >= limit) return undefined
    used = at + 1
    anyDepth = false
    isMatched = true
  }
  return isMatched ? used : undefined
}
