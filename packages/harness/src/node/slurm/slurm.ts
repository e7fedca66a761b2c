import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { RetableError } from '@retable/core/host'
import { systemCode } from '@retable/core/node'

const run = promisify(execFile)

/**
 * Calls one of Slurm's commands and returns what it prints.
 *
 * @throws RetableError `unavailable` if it is not installed, or with what it says if it fails.
 */
const call = async (command: string, words: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await run(command, words)
    return stdout
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      throw new RetableError(
        'unavailable',
        `there is no ${command} here; run this on a machine that submits jobs to Slurm`,
      )
    }
    const { stderr = '' } = error as { readonly stderr?: string }
    const said = saidBy(command, stderr) || String(error)
    throw new RetableError('unavailable', `${command} failed: ${said}`, { cause: error })
  }
}

/** What a command wrote as errors, in one line: `Batch job submission failed: Invalid partition name specified`. */
const saidBy = (command: string, stderr: string): string => {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim().replace(new RegExp(`^${command}: (?:error|fatal): `), ''))
    .map((line) => line.replace(/\.$/, ''))
    .filter((line) => line !== '')
  return [...new Set(lines)].join('; ')
}

/** Submits a job script and returns the job's number. */
export const submitJob = async (words: readonly string[], script: string): Promise<string> => {
  const printed = await call('sbatch', ['--parsable', ...words, script])
  // With several clusters: `17;cluster`.
  return printed.trim().split(';')[0]!
}

/**
 * The tasks of some job arrays that the queue holds, running or waiting, in one call: the array's number for each. Those
 * that ended some minutes ago are not in it.
 */
export const queuedTasks = async (jobs: readonly string[]): Promise<readonly string[]> => {
  if (jobs.length === 0) return []
  const words = ['--noheader', '--array', '--format=%F', `--jobs=${jobs.join(',')}`]
  try {
    const printed = await call('squeue', words)
    return printed.split(/\s+/).filter(Boolean)
  } catch (error) {
    if (isForgotten(error)) return []
    throw error
  }
}

/** Whether an error says that Slurm has forgotten a job, as it does some minutes after its end. */
const isForgotten = (error: unknown): boolean =>
  error instanceof RetableError && error.message.includes('Invalid job id')

/** Has Slurm end jobs: SIGTERM first, SIGKILL after its KillWait; tasks that wait are dropped. */
export const cancelJobs = async (jobs: readonly string[]): Promise<void> => {
  if (jobs.length > 0) await scancel(jobs)
}

const scancel = async (words: readonly string[]): Promise<void> => {
  try {
    await call('scancel', words)
  } catch (error) {
    if (!isForgotten(error)) throw error
  }
}

/** Ends jobs at once. */
export const killJobs = async (jobs: readonly string[]): Promise<void> => {
  if (jobs.length === 0) return
  await scancel(['--full', '--signal=KILL', ...jobs])
  await cancelJobs(jobs)
}

/** Puts a task back into the queue; Slurm then ends the running one by SIGTERM. */
export const requeueTask = async (task: string): Promise<void> => {
  await call('scontrol', ['requeue', task])
}

/** The array task that this process is the batch script of; undefined elsewhere. */
export const ownTask = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined => {
  const { SLURM_ARRAY_JOB_ID: job, SLURM_ARRAY_TASK_ID: index } = env
  // Requeued by the array's number and the index: SLURM_JOB_ID of the first task is that of the whole array.
  return job !== undefined && index !== undefined ? `${job}_${index}` : undefined
}

/** The CPUs that Slurm gave to this task; undefined elsewhere. */
export const ownThreads = ({
  SLURM_CPUS_PER_TASK: each,
  SLURM_CPUS_ON_NODE: all,
}: Readonly<Record<string, string | undefined>>): number | undefined => {
  const cpus = Number(each ?? all)
  return cpus >= 1 ? cpus : undefined
}
