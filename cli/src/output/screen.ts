// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from 'node:util'
import colorSet from 'picocolors'
import type { Environment } from '../environment.ts'

/** A line that moves while something is waited for. */
interface Wait extends Disposable {
  /** Says how far it is, behind the text and the time. */
  update(detail: string): void
}

/** The notes of a command, as lines: the same text on a terminal and in a log, but for colours and the line of a wait. */
export interface Screen {
  readonly colors: ReturnType<typeof colorSet.createColors>
  /** A line; without text an empty one. */
  line(text?: string): void
  /** A line with a time at its right end. */
  timed(text: string, ms: number): void
  /** Shows on a terminal what is waited for, with the time so far, until disposed. Nothing elsewhere. */
  wait(text: string): Wait
  /**
   * Does slow work under a line that names it and, once it is done, a line with the time that it took; on a terminal the second
   * takes the place of the first.
   */
  step<T>(doing: string, done: string, work: () => Promise<T>): Promise<T>
}

const width = 76
const frameMs = 100
const clearLine = '\r\u001B[2K'

/** Makes the screen of a command. */
export function createScreen({ err, terminal, colors: coloured }: Environment): Screen {
  const colors = colorSet.createColors(coloured)
  let moving: { text: string; detail: string; sinceMs: number } | undefined
  const draw = (): void => {
    if (moving === undefined || terminal === undefined) return
    const time = formatTime(performance.now() - moving.sinceMs)
    err(`${clearLine}${colors.dim(fit(`${moving.text} ${time}${moving.detail}`, terminal.columns()))}`)
  }
  const line = (text = ''): void => {
    err(moving === undefined || terminal === undefined ? `${text}\n` : `${clearLine}${text}\n`)
    draw()
  }
  const timed = (text: string, ms: number): void => {
    const time = formatTime(ms)
    const blanks = Math.max(1, width - time.length - stripVTControlCharacters(text).length)
    line(`${text}${' '.repeat(blanks)}${colors.cyan(time)}`)
  }
  const wait = (text: string): Wait => {
    if (terminal === undefined) return { update: () => undefined, [Symbol.dispose]: () => undefined }
    const shown = { text, detail: '', sinceMs: performance.now() }
    moving = shown
    draw()
    const timer = setInterval(draw, frameMs)
    return {
      update: (detail) => void (shown.detail = `  ${detail}`),
      [Symbol.dispose]: () => {
        clearInterval(timer)
        moving = undefined
        err(clearLine)
      },
    }
  }
  const step = async <T>(doing: string, done: string, work: () => Promise<T>): Promise<T> => {
    if (terminal === undefined) line(`► ${doing}`)
    const sinceMs = performance.now()
    const value = await withWait(wait(`► ${doing}`), work)
    timed(`${colors.green('✔')} ${done}`, performance.now() - sinceMs)
    return value
  }
  return { colors, line, timed, wait, step }
}

async function withWait<T>(wait: Disposable, work: () => Promise<T>): Promise<T> {
  using shown = wait
  void shown
  return await work()
}

/** A measured time for people: `87 ms`, `1.2 s`, `2 min 5 s`. */
export function formatTime(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function fit(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`
}
