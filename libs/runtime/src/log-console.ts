// SPDX-License-Identifier: Apache-2.0
import type { DestinationStream } from 'pino'

/** Turns JSON lines into tab-separated ones for people: time, LEVEL, message, the other fields as JSON. */
export function consoleStream(target: DestinationStream): DestinationStream {
  return { write: (line) => target.write(toConsole(line)) }
}

function toConsole(line: string): string {
  const { ts, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const rest = Object.keys(fields).length > 0 ? `\t${JSON.stringify(fields)}` : ''
  return `${String(ts)}\t${String(level).toUpperCase()}\t${String(msg)}${rest}\n`
}
