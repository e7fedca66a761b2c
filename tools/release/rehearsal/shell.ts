import { spawn } from 'node:child_process'

/** Command lines that run now: their process groups, ended with this process. */
const running = new Set<number>()

const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

process.on('exit', () => running.forEach(endGroup))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) {
  process.once(signal, () => process.exit(1))
}

/**
 * Runs a command line in a shell, in a process group of its own, of which nothing is left when this returns or throws.
 *
 * @param seconds how long it may take
 * @returns what it wrote to standard output
 * @throws Error with all of its output if it fails, or takes longer
 */
export const runShell = async (
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
  seconds: number,
): Promise<string> => {
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const pid = shell.pid
  if (pid === undefined) throw new Error(`bash cannot be started for: ${command}`)
  running.add(pid)
  let out = ''
  let all = ''
  shell.stdout.on('data', (text: Buffer) => {
    out += text.toString()
    all += text.toString()
  })
  shell.stderr.on('data', (text: Buffer) => (all += text.toString()))
  let late = false
  const timer = setTimeout(() => {
    late = true
    endGroup(pid)
  }, seconds * 1000)
  // What a command leaves behind holds its output open: it is ended once the command itself is over.
  shell.once('exit', () => endGroup(pid))
  const code = await new Promise<number | null>((resolve) => shell.once('close', resolve))
  clearTimeout(timer)
  running.delete(pid)
  if (code === 0) return out
  const how = late ? `took longer than ${seconds} s` : `ended with ${code}`
  throw new Error(`${command}\n${all}${how}`)
}
