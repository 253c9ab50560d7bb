// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { BenchError } from '../errors.ts'

/** Clock ticks a second in /proc: USER_HZ, which Linux fixes to 100 for programs. */
const ticksPerSecond = 100

/** CPU time of a process from the text of /proc/<pid>/stat: all threads, those that ended too; in seconds, steps of 10 ms. */
export function parseCpuSeconds(stat: string): number {
  // the program's name stands in parentheses and may hold blanks and parentheses itself
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = [Number(fields[11]), Number(fields[12])]
  if (!Number.isInteger(user) || !Number.isInteger(system)) {
    throw new BenchError('MeasureFailed', `cannot read CPU time from '${stat.trim()}'`)
  }
  return (user + system) / ticksPerSecond
}

/** Resident memory of a process. */
export interface Memory {
  readonly peakMiB: number
  readonly nowMiB: number
}

/** Memory of a process from the text of /proc/<pid>/status (VmHWM and VmRSS). */
export function parseMemory(status: string): Memory {
  const read = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    if (kibibytes === undefined) throw new BenchError('MeasureFailed', `/proc/<pid>/status has no ${field}`)
    return Number(kibibytes) / 1024
  }
  return { peakMiB: read('VmHWM'), nowMiB: read('VmRSS') }
}

/** CPU time of a running process so far, in seconds. Throws MeasureFailed when it is gone. */
export async function readCpuSeconds(pid: number): Promise<number> {
  return parseCpuSeconds(await readProc(pid, 'stat'))
}

/** Memory of a running process. Throws MeasureFailed when it is gone. */
export async function readMemory(pid: number): Promise<Memory> {
  return parseMemory(await readProc(pid, 'status'))
}

async function readProc(pid: number, file: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8')
  } catch (cause) {
    throw new BenchError('MeasureFailed', `process ${pid} has ended`, { cause })
  }
}
