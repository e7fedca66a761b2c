import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { outcomeHash } from '../run/run-unit.js'
import { openStore } from '../store/store.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { submittedJobs } from './submitted.js'
import { bundleToyBin, startToy, toyLog, type Ended } from '../testing/toy-process.js'

/** The folder of the Slurm that `tools/slurm/one-node run COMMAND` starts; these tests end its daemons. */
const slurmDir = process.env['RETABLE_TEST_SLURM']
/** Cases that take minutes each, which Slurm's own times decide. */
const isSlow = process.env['RETABLE_TEST_SLURM_SLOW'] === '1'

const slurm = (command: string, ...words: readonly string[]): string =>
  execFileSync(command, words, { encoding: 'utf8' }).trim()

const until = async (what: string, isSo: () => boolean): Promise<void> => {
  const end = Date.now() + 300_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`five minutes have passed without: ${what}`)
    await sleep(50)
  }
}

describe.skipIf(slurmDir === undefined)('workers on Slurm', { timeout: 600_000 }, () => {
  let bin: string
  let right: string
  let cwd: string
  beforeAll(async () => {
    bin = await bundleToyBin()
    const alone = temporaryFolder()
    await startToy(bin, alone, ['run', ...table]).ended
    right = outcome(alone)
  }, 60_000)
  afterAll(() => rmSync(bin, { force: true }))
  beforeEach(() => {
    cwd = temporaryFolder()
    writeFileSync(join(cwd, 'hold'), '')
  })
  afterEach(() => {
    for (const job of submittedJobs(openStore(join(cwd, 'results')))) spawnSync('scancel', [job])
  })

  const table = ['toy-faults', '--only', 'good', '--steps', '12'] as const
  const env = () => ({ TOY_HOLD: join(cwd, 'hold'), TOY_HOLD_AT: '3' })
  const outcome = (folder: string): string =>
    openStore(join(folder, 'results'))
      .list()
      .map(({ result }) => outcomeHash(result))
      .join()
  const attempts = (): number =>
    openStore(join(cwd, 'results')).list()[0]?.result.timing.attempts ?? 0
  const release = (): void => rmSync(join(cwd, 'hold'), { force: true })
  const begun = () => toyLog(cwd).filter((line) => line.startsWith('begin'))
  const toy = (...words: readonly string[]): Promise<Ended> =>
    startToy(bin, cwd, words, env()).ended
  /** Submits workers and returns the job; the first of them holds its unit at step 3. */
  const submit = async (...words: readonly string[]): Promise<string> => {
    const { code, out, err } = await toy('run', ...table, '--executor', 'slurm', ...words)
    expect(code, err).toBe(0)
    const job = /Slurm job (\d+)/.exec(out)![1]!
    await until('the unit begins', () => begun().length === 1)
    await until('its third step', () => stepOf() >= 3)
    return job
  }
  const stepOf = (): number => {
    try {
      const [folder] = execFileSync('find', [join(cwd, 'results'), '-name', 'checkpoint.json'], {
        encoding: 'utf8',
      }).split('\n')
      return (JSON.parse(readFileSync(folder!, 'utf8')) as { step: number }).step
    } catch {
      return 0
    }
  }
  const hasResult = () => openStore(join(cwd, 'results')).fileNames().length === 1
  /** Ends the two minutes that Slurm lets a requeued task wait. */
  const startNow = async (task: string): Promise<void> => {
    const state = () => slurm('squeue', '--noheader', '--format=%T', '--array', `--jobs=${task}`)
    await until(`${task} waits again`, () => state() === 'PENDING')
    slurm('scontrol', 'update', `jobid=${task}`, 'starttime=now')
  }
  /** Waits for the result and looks that it is the one of a run that was left alone, resumed as often as expected. */
  const expectResumed = async (times = 2): Promise<void> => {
    release()
    await until('the result', hasResult)
    expect(outcome(cwd)).toBe(right)
    expect(attempts()).toBe(times)
    expect(toyLog(cwd).filter((line) => /^resume good 1 at [34] /.test(line))).toHaveLength(1)
  }
  const pidOf = (pattern: RegExp): number => {
    const line = slurm('ps', '-eo', 'pid,args')
      .split('\n')
      .find((one) => pattern.test(one))
    return Number(line!.trim().split(' ')[0])
  }
  const log = (job: string): string =>
    readFileSync(join(cwd, 'results/logs', `slurm-${job}_0.log`), 'utf8')

  test('a worker that gets SIGUSR2 writes a checkpoint, puts itself back into the queue, and resumes', async () => {
    const job = await submit()
    slurm('scancel', '--signal=USR2', '--batch', `${job}_0`)
    await startNow(`${job}_0`)
    await expectResumed()
    expect(log(job)).toContain('writing a checkpoint')
  })

  test('SIGUSR2 to every process of the job does the same', async () => {
    const job = await submit()
    slurm('scancel', '--signal=USR2', '--full', `${job}_0`)
    await startNow(`${job}_0`)
    await expectResumed()
  })

  test('a unit that Slurm requeues in the middle resumes', async () => {
    const job = await submit()
    slurm('scontrol', 'requeue', `${job}_0`)
    await startNow(`${job}_0`)
    await expectResumed()
  })

  test('kill -9 of a worker: another one of the array resumes its unit', async () => {
    await submit('--jobs', '2')
    const holder = Number(begun()[0]!.split(' ').at(-1))
    const worker = Number(slurm('ps', '-o', 'ppid=', '-p', String(holder)))
    process.kill(worker, 'SIGKILL')
    await until('another takes it over', () => begun().length === 2)
    await expectResumed()
  })

  test('cancel stops workers with a checkpoint, and the same command resumes', async () => {
    const job = await submit()
    const { out } = await toy('cancel')
    expect(out).toContain(`Slurm cancels job ${job}`)
    await until('the job is gone', () => slurm('squeue', '--noheader', `--jobs=${job}`) === '')
    expect((await toy('status')).out).toContain('0 done, 0 running, 1 waiting')
    release()
    await submitAgain()
    await expectResumed()
  })

  test('the same command again while workers are at work adds none', async () => {
    const job = await submit()
    const { out } = await toy('run', ...table, '--executor', 'slurm')
    expect(out).toContain(`Slurm has 1 worker on this folder already (job ${job}); none were added`)
    expect(slurm('squeue', '--noheader', '--array', '--name=toy', '--format=%F_%K')).toBe(
      `${job}_0`,
    )
    release()
    await until('the result', hasResult)
    expect(attempts()).toBe(1)
  })

  test('--wait prints the table; a signal ends the waiting and not the workers', async () => {
    await submit()
    const waiting = startToy(bin, cwd, ['run', ...table, '--executor', 'slurm', '--wait'], env())
    await waiting.printed('none were added')
    waiting.child.kill('SIGINT')
    const ended = await waiting.ended
    expect(ended.code).toBe(130)
    expect(ended.err).toContain('workers continue; this stops them')
    const again = startToy(bin, cwd, ['run', ...table, '--executor', 'slurm', '--wait'], env())
    await again.printed('none were added')
    release()
    const { code, out } = await again.ended
    expect(code).toBe(0)
    expect(out).toContain('good')
    expect(outcome(cwd)).toBe(right)
    expect(attempts()).toBe(1)
  })

  const submitAgain = () => toy('run', ...table, '--executor', 'slurm')

  describe.skipIf(!isSlow)('slow cases', () => {
    test('kill -9 of slurmstepd: its worker goes on, and Slurm starts one in its place', async () => {
      const job = await submit()
      const jobId = slurm('squeue', '--noheader', '--array', '--format=%A', `--jobs=${job}_0`)
      process.kill(pidOf(new RegExp(`slurmstepd: \\[${jobId}\\.batch\\]`)), 'SIGKILL')
      release()
      await until('the result', hasResult)
      // Slurm finds out when slurmd registers, as it does when it starts, but not of jobs that are younger than
      // BatchStartTimeout and MessageTimeout together, 20 s.
      await sleep(25_000)
      await restartSlurmd()
      await startNow(`${job}_0`)
      await until('the job is gone', () => !slurm('squeue', '--noheader').includes(job))
      expect(outcome(cwd)).toBe(right)
      expect(attempts()).toBe(1)
    })

    test('kill -9 of slurmd: jobs go on, and a new slurmd finds them', async () => {
      const job = await submit()
      await restartSlurmd()
      expect(begun()).toHaveLength(1)
      release()
      await until('the result', hasResult)
      await until('the job is gone', () => !slurm('squeue', '--noheader').includes(job))
      expect(outcome(cwd)).toBe(right)
      expect(attempts()).toBe(1)
    })

    // Ends the jobs of other test files too: run this file by itself.
    test('a node that is set DOWN: its workers are requeued and resume', async () => {
      const job = await submit()
      const node = slurm('hostname', '-s')
      slurm('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test')
      await until('the worker is told', () => !isRunning(job))
      // Its slurmd, which is well, may have brought it back already.
      spawnSync('scontrol', ['update', `nodename=${node}`, 'state=resume'])
      await startNow(`${job}_0`)
      await expectResumed()
    })

    test('a time limit that cuts a unit in two: it resumes in the next turn', async () => {
      const job = await submit('--slurm', '--time=2', '--signal=B:USR2@60')
      // Slurm looks at limits now and then: the signal comes up to a minute early.
      await startNow(`${job}_0`)
      await expectResumed()
      expect(log(job)).toContain('writing a checkpoint')
    })

    const restartSlurmd = async (): Promise<void> => {
      process.kill(Number(readFileSync(join(slurmDir!, 'slurmd.pid'), 'utf8')), 'SIGKILL')
      await sleep(2000)
      slurm('slurmd', '-f', process.env['SLURM_CONF']!)
    }
    const isRunning = (job: string): boolean =>
      slurm('squeue', '--noheader', '--array', '--format=%F %T').includes(`${job} RUNNING`)
  })
})
