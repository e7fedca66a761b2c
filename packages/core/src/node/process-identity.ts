import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Tells one process from every other, also from a later one that was given the same number. */
export interface ProcessIdentity {
  /** The host's name. */
  readonly host: string
  /** The start of the kernel: two machines of one name differ in it. Empty if the system has none. */
  readonly boot: string
  /** The set of process numbers that `pid` belongs to: each container has its own. Empty if there are none. */
  readonly pidNamespace: string
  /** The process's number. */
  readonly pid: number
  /** When the process started, as the system counts it; empty if it cannot be found. */
  readonly started: string
}

/** Reads something that not every system has. */
const orEmpty = (read: () => string): string => {
  try {
    return read().trim()
  } catch {
    return ''
  }
}

/** The state of a process and when it started, from `/proc/<pid>/stat`. */
const readStat = (pid: number | 'self'): { readonly state: string; readonly started: string } => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name (field 2) may hold spaces and brackets; state is field 3, the start time field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', started: fields[19] ?? '' }
}

/** The system's count for when a process of this namespace started; undefined if there is no such process. */
const startOf = (pid: number): string | undefined => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined
  }
  try {
    if (process.platform === 'linux') {
      // In a container that sees the /proc of another, its numbers mean other processes.
      if (readStat(process.pid).started !== readStat('self').started) return ''
      const { state, started } = readStat(pid)
      return state === 'Z' || state === 'X' ? undefined : started
    }
    if (process.platform !== 'win32') {
      const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim()
    }
  } catch {
    // No way to ask here: the number must do.
  }
  return ''
}

let own: ProcessIdentity | undefined

/** This process. */
export const thisProcess = (): ProcessIdentity =>
  (own ??= {
    host: hostname(),
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    pidNamespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    started: startOf(process.pid) ?? '',
  })

/**
 * Whether a process is known to be gone. False for one of another host, start of the host or PID namespace (a
 * container's): that cannot be known from here.
 */
export const isDead = ({ host, boot, pidNamespace, pid, started }: ProcessIdentity): boolean => {
  const here = thisProcess()
  if (host !== here.host || boot !== here.boot || pidNamespace !== here.pidNamespace) return false
  const now = startOf(pid)
  return now === undefined || (started !== '' && now !== '' && now !== started)
}
