import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Tells one process from every other, also from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** When the process started, as the system counts it; empty where it cannot be had. */
  readonly started: string
}

/** The system's count for when a process started; undefined where there is no such process. */
const startOf = (pid: number): string | undefined => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined
  }
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name (field 2) may hold spaces and brackets; state is field 3, the start time field 22.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      return `${boot}:${fields[19]}`
    }
    if (process.platform !== 'win32') {
      const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim()
    }
  } catch {
    // No way to ask here: the number alone must do.
  }
  return ''
}

let own: ProcessIdentity | undefined

/** This process. */
export const thisProcess = (): ProcessIdentity =>
  (own ??= { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? '' })

/** Whether a process of this machine is gone. False for one of another machine: that cannot be known from here. */
export const isDead = ({ host, pid, started }: ProcessIdentity): boolean => {
  if (host !== hostname()) return false
  const now = startOf(pid)
  return now === undefined || (started !== '' && now !== '' && now !== started)
}
