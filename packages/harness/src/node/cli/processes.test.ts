import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outcomeHash } from '../run/run-unit.js'
import { openStore } from '../store/store.js'
import { bundleToyBin, startToy, toyLog, type Ended } from '../testing/toy-process.js'
import { temporaryFolder } from '../testing/store-helpers.js'

// Real processes: the toy command is bundled from the sources and killed, stopped and run beside itself.

let bin: string
beforeAll(async () => {
  bin = await bundleToyBin()
})
afterAll(() => rmSync(bin, { force: true }))

const start = (cwd: string, ...words: string[]) => startToy(bin, cwd, words)

const words = ['run', 'toy-faults', '--steps', '12', '--only']

/** Starts it such that its nets wait after a step, until they are killed, stopped or released: no moment to be missed. */
const startHeld = (cwd: string, step: number, ...more: string[]) => {
  const file = join(cwd, 'hold')
  writeFileSync(file, '')
  const env = { TOY_HOLD: file, TOY_HOLD_AT: String(step) }
  return { ...startToy(bin, cwd, more, env), release: () => rmSync(file) }
}

const outcomes = (cwd: string): Record<string, string> =>
  Object.fromEntries(
    openStore(join(cwd, 'results'))
      .list()
      .map(({ result }) => [result.label, outcomeHash(result)]),
  )

const expectExit = (ended: Ended, code: number) =>
  expect(ended.code, `${ended.out}\n${ended.err}`).toBe(code)

test('a run killed again and again ends with the outcome of one that was never stopped', async () => {
  const whole = temporaryFolder()
  expectExit(await start(whole, ...words, 'good').ended, 0)
  const cwd = temporaryFolder()
  for (const [step, times] of [
    [2, 1],
    [5, 2],
    [9, 3],
  ] as const) {
    const run = startHeld(cwd, step, ...words, 'good')
    await run.logged('begin good', times)
    await checkpointed(cwd, step)
    run.child.kill('SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
    expect(readdirSync(join(cwd, 'results/runs'))).toEqual([])
  }
  expectExit(await start(cwd, ...words, 'good').ended, 0)
  expect(toyLog(cwd).filter((line) => line.startsWith('resume'))).toHaveLength(3)
  expect(outcomes(cwd)).toEqual(outcomes(whole))
  expect(openStore(join(cwd, 'results')).list()[0]!.result.timing.attempts).toBe(4)
})

/** Waits until the toy net's checkpoint is at a step. */
const checkpointed = async (cwd: string, step: number): Promise<void> => {
  const units = join(cwd, 'results/.work/units')
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    try {
      const [unit] = readdirSync(units)
      const text = readFileSync(join(units, unit!, 'checkpoint.json'), 'utf8')
      if ((JSON.parse(text) as { step: number }).step >= step) return
    } catch {
      // Not there yet, or half-written by the toy, which a real checkpoint is not.
    }
  }
}

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s: the step is finished, exit %i, and the command that is printed resumes it',
  async (signal, code) => {
    const cwd = temporaryFolder()
    const run = startHeld(cwd, 3, ...words, 'good')
    await checkpointed(cwd, 3)
    run.child.kill(signal)
    const ended = await run.ended
    expectExit(ended, code)
    const again = /this command resumes it: toy (.*)$/m.exec(ended.err)?.[1]
    expect(again).toBe(`${words.join(' ')} good --backend auto`)
    expectExit(await start(cwd, ...again!.split(' ')).ended, 0)
    expect(toyLog(cwd).some((line) => line.startsWith('resume good'))).toBe(true)
  },
)

test('a second signal ends at once', async () => {
  const cwd = temporaryFolder()
  const run = start(cwd, 'run', 'toy-faults', '--only', 'good', '--pause', '200000')
  await run.logged('begin good')
  run.child.kill('SIGINT')
  await run.printed('a second signal stops at once')
  run.child.kill('SIGINT')
  expectExit(await run.ended, 130)
})

test('two processes on one table: each unit is run once, between them all', async () => {
  const cwd = temporaryFolder()
  const table1 = ['run', 'toy-table1', '--seeds', '1,2']
  const [one, two] = await Promise.all([start(cwd, ...table1).ended, start(cwd, ...table1).ended])
  expectExit(one, 0)
  expectExit(two, 0)
  const begun = toyLog(cwd).filter((line) => line.startsWith('begin'))
  expect(begun).toHaveLength(6)
  expect(readdirSync(join(cwd, 'results/runs'))).toHaveLength(6)
  const table = ({ out }: Ended) => out.slice(out.indexOf('Toy nets'), out.indexOf('Results:'))
  expect(table(one)).toBe(table(two))
})

test('two processes on one unit: one waits for the other and takes its result', async () => {
  const cwd = temporaryFolder()
  const one = startHeld(cwd, 1, ...words, 'good')
  await one.logged('begin good')
  const two = start(cwd, ...words, 'good')
  await two.printed('is being made by')
  one.release()
  expectExit(await one.ended, 0)
  const ended = await two.ended
  expectExit(ended, 0)
  expect(ended.out).toContain(`good (seed 1) is being made by process ${one.child.pid}`)
  expect(ended.out).toContain('made by another process')
  expect(toyLog(cwd).filter((line) => line.startsWith('begin'))).toHaveLength(1)
})

test('a process that waits takes over from one that is killed', async () => {
  const cwd = temporaryFolder()
  const one = startHeld(cwd, 4, ...words, 'good')
  await checkpointed(cwd, 4)
  const two = start(cwd, ...words, 'good')
  await two.printed('is being made by')
  one.child.kill('SIGKILL')
  const ended = await two.ended
  expectExit(ended, 0)
  expect(toyLog(cwd).some((line) => line.startsWith('resume good'))).toBe(true)
  expect(readdirSync(join(cwd, 'results/.work/leases'))).toEqual([])
})

test('--jobs: a unit whose process dies is reported, the others are unharmed', async () => {
  const cwd = temporaryFolder()
  const cells = ['--only', 'good,thrown,killed,fine']
  const ended = await start(cwd, 'run', 'toy-faults', ...cells, '--jobs', '2').ended
  expectExit(ended, 1)
  expect(Object.keys(outcomes(cwd)).sort()).toEqual(['fine', 'good'])
  expect(ended.err).toContain('thrown (seed 1) failed: net thrown broke down')
  expect(ended.err).toContain(
    'killed (seed 1) failed: the process of killed (seed 1) was killed by SIGKILL',
  )
  expect(ended.err).not.toMatch(/^ +at /m)
  expect(ended.out).toContain('[4/4]')
  const pids = toyLog(cwd).map((line) => line.split(' ').at(-1))
  expect(new Set(pids).size).toBeGreaterThanOrEqual(4)
})

test('--jobs: one that runs out of memory is reported, the other unharmed; the threads are divided', async () => {
  const cwd = temporaryFolder()
  const words = ['run', 'toy-faults', '--only', 'good,hoarding', '--jobs', '2']
  const env = { NODE_OPTIONS: '--max-old-space-size=64' }
  const ended = await startToy(bin, cwd, words, env).ended
  expectExit(ended, 1)
  expect(Object.keys(outcomes(cwd))).toEqual(['good'])
  expect(ended.err).toMatch(
    /hoarding \(seed 1\) failed: the process of hoarding \(seed 1\) (was killed by SIGABRT|ended with code 134); unless somebody killed it, it ran out of memory; the last that it printed: .*heap/,
  )
  const begun = toyLog(cwd).filter((line) => line.startsWith('begin'))
  const each = Math.max(1, Math.floor(availableParallelism() / 2))
  expect(begun.map((line) => line.split(' ')[3])).toEqual(Array(2).fill(`threads=${each}`))
})

test('--retries: a unit that breaks once is tried again, in a new process, and made', async () => {
  const cwd = temporaryFolder()
  const words = ['run', 'toy-faults', '--only', 'fickle', '--jobs', '2']
  const ended = await start(cwd, ...words, '--retries', '1').ended
  expectExit(ended, 0)
  expect(ended.out).toContain('fickle (seed 1): net fickle broke down once; trying again')
  expect(Object.keys(outcomes(cwd))).toEqual(['fickle'])
  const pids = toyLog(cwd).flatMap((line) =>
    line.startsWith('begin') ? [line.split(' ').at(-1)] : [],
  )
  expect(new Set(pids).size).toBe(2)
})

test('--jobs gives what one process gives, and makes what is needed first', async () => {
  const [alone, together] = [temporaryFolder(), temporaryFolder()]
  const words = ['run', 'toy-table2', '--seeds', '1']
  expectExit(await start(alone, ...words).ended, 0)
  expectExit(await start(together, ...words, '--jobs', '3').ended, 0)
  expect(Object.keys(outcomes(together))).toHaveLength(6)
  expect(outcomes(together)).toEqual(outcomes(alone))
})

test('--jobs: SIGTERM to the parent lets the children checkpoint', async () => {
  const cwd = temporaryFolder()
  const run = startHeld(cwd, 2, ...words, 'good,fine', '--jobs', '2')
  await run.logged('begin', 2)
  await checkpointed(cwd, 2)
  run.child.kill('SIGTERM')
  expectExit(await run.ended, 143)
  expect(readdirSync(join(cwd, 'results/.work/leases'))).toEqual([])
  expect(readdirSync(join(cwd, 'results/.work/units'))).toHaveLength(2)
  const again = /this command resumes it: toy (.*)$/m.exec((await run.ended).err)?.[1]
  expect(again).toBe(`${words.join(' ')} good,fine --backend auto --jobs 2`)
  expectExit(await start(cwd, ...again!.split(' ')).ended, 0)
  expect(toyLog(cwd).filter((line) => line.startsWith('resume')).length).toBeGreaterThan(0)
  const made = openStore(join(cwd, 'results')).list()
  expect(made.map(({ result }) => result.carriedOver)).toEqual([undefined, undefined])
})

/** Waits until a process is gone; one that stays runs into the test's time limit. */
const gone = async (pid: number): Promise<void> => {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('--jobs: children of a parent that was killed end, and their locks with them', async () => {
  const cwd = temporaryFolder()
  const run = startHeld(cwd, 2, ...words, 'good', '--jobs', '2')
  await run.logged('begin good')
  run.child.kill('SIGKILL')
  await run.ended
  await gone(Number(toyLog(cwd)[0]!.split(' ').at(-1)))
  expect(toyLog(cwd).filter((line) => line.startsWith('end'))).toEqual([])
  expect(readdirSync(join(cwd, 'results/.work/leases'))).toEqual([])
})

test('a process that is stopped (SIGSTOP) keeps its lock, and resumes when it is continued', async () => {
  const cwd = temporaryFolder()
  const one = startHeld(cwd, 4, ...words, 'good')
  await checkpointed(cwd, 4)
  one.child.kill('SIGSTOP')
  one.release()
  const two = start(cwd, ...words, 'good')
  await two.printed('is being made by')
  one.child.kill('SIGCONT')
  expectExit(await one.ended, 0)
  expectExit(await two.ended, 0)
  expect(toyLog(cwd).filter((line) => line.startsWith('begin'))).toHaveLength(1)
})

test('who reads what is printed goes: nothing is lost, and nothing but the reader’s part is missing', async () => {
  const cwd = temporaryFolder()
  const run = startHeld(cwd, 1, ...words, 'good,fine')
  await run.logged('begin')
  run.child.stdout.destroy()
  run.child.stderr.destroy()
  run.release()
  expectExit(await run.ended, 0)
  expect(Object.keys(outcomes(cwd)).sort()).toEqual(['fine', 'good'])
})

test('a folder with spaces and letters of any script, in one process and in children', async () => {
  const cwd = temporaryFolder()
  const results = 'Läufe & 結果 (1)'
  const run = startHeld(cwd, 2, ...words, 'good', '--results', results, '--jobs', '2')
  await run.logged('begin good')
  run.child.kill('SIGTERM')
  const ended = await run.ended
  expectExit(ended, 143)
  expect(ended.err).toContain(`--results '${results}'`)
  expectExit(await start(cwd, ...words, 'good', '--results', results).ended, 0)
  expect(openStore(join(cwd, results)).list()).toHaveLength(1)
  expectExit(await start(cwd, 'verify', '--results', results).ended, 0)
})

/** Runs the toy command in bash on a terminal of 80 columns; `$TOY` is the command. */
const onTerminal = async (cwd: string, script: string): Promise<string> => {
  const child = spawn('script', ['-qec', `bash -c '${script}'`, '/dev/null'], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      ...{ CI: '', TERM: 'xterm', SHELL: '/bin/sh', TOY: `${process.execPath} ${bin}` },
      ...{ TOY_HOLD: join(cwd, 'hold'), TOY_HOLD_AT: '2', TOY_LOG: join(cwd, 'log.txt') },
    },
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  return text
}

test('on a terminal: told whole above the bars what to do, and two signals leave the terminal as it was', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'hold'), '')
  const text = await onTerminal(
    cwd,
    `$TOY run toy-faults --only good --pause 200000 & pid=$!
    until grep -qs "begin good" log.txt; do sleep 0.1; done; sleep 1
    kill -INT $pid; sleep 1; kill -INT $pid; wait $pid; echo ended with $?`,
  )
  expect(text).toContain('█')
  expect(text).toContain('a second signal stops at once\r\n')
  expect(text).toContain('ended with 130')
  // No mode of the terminal was changed: the cursor stays, and so does line wrap.
  expect(text).not.toContain('\x1b[?')
  const end = text.slice(text.lastIndexOf('\x1b[J'))
  expect(end).toBe('\x1b[Jended with 130\r\n')
})

test('on a terminal: what fails is told whole, however long', async () => {
  const cwd = temporaryFolder()
  const text = await onTerminal(cwd, '$TOY run toy-faults --only thrown; echo ended with $?')
  expect(text).toContain('ended with 1')
  expect(text).toMatch(/\[1\/\d\] thrown \(seed 1\) failed: net thrown broke down\r\n/)
  expect(text).not.toContain('\x1b[?')
})

test('a report that cannot be written to the end says so and exits with 1; a reader that goes is none of its business', async () => {
  const cwd = temporaryFolder()
  expectExit(await start(cwd, 'run', 'toy-table1').ended, 0)
  const inShell = async (script: string): Promise<string> => {
    const child = spawn('bash', ['-c', script], {
      cwd,
      env: { ...process.env, TOY: `${process.execPath} ${bin}` },
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await once(child, 'close')
    return text
  }
  for (const words of ['report toy-table1', 'report toy-table1 --format html', 'list', '--help']) {
    expect(await inShell(`$TOY ${words} > /dev/full; echo $?`)).toBe(
      'toy: cannot write to standard output: no space is left on the disk\n1\n',
    )
  }
  expect(await inShell('$TOY report toy-table1 | true; echo ${PIPESTATUS[0]}')).toBe('0\n')
  expect(
    await inShell('$TOY report toy-table1 --output >(cat) | sort -u | grep -c "# Toy nets"'),
  ).toBe('1\n')
  expect(await inShell('$TOY report toy-table1 --output /dev/full; echo $?')).toBe(
    'toy: cannot write /dev/full: no space is left on the disk\n1\n',
  )
})

test('empty variables count as unset', async () => {
  const cwd = temporaryFolder()
  const { out } = await startToy(bin, cwd, ['doctor'], { RETABLE_DATA: '' }).ended
  expect(out).toContain('Data (data)\n')
  const ended = await startToy(bin, cwd, ['run', 'toy-table1', '--data', ''], { RETABLE_DATA: '' })
    .ended
  expectExit(ended, 0)
})
