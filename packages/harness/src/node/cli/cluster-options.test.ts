import { expect, test } from 'vitest'
import { openStore } from '../store/store.js'
import { captureCommand } from '../testing/toy-command.js'
import { temporaryFolder } from '../testing/store-helpers.js'
import { gatherSlurmWords } from './cluster-options.js'

const failing = async (...words: readonly string[]): Promise<string> => {
  const command = captureCommand()
  expect(await command.run([...words, '--results', temporaryFolder()])).toBe(2)
  return command.err()
}

const slurmRun = async (...words: readonly string[]): Promise<string> => {
  const command = captureCommand()
  const results = temporaryFolder()
  const all = ['run', 'toy-table1', '--results', results, '--executor', 'slurm', '--dry-run']
  expect(await command.run([...all, ...words]), command.err()).toBe(0)
  expect(openStore(results).fileNames()).toEqual([])
  return command.out().trim().split('\n').at(-1)!
}

test('--dry-run prints the call of sbatch: an array of workers that Slurm warns, requeues and appends to', async () => {
  const line = await slurmRun('--jobs', '3')
  expect(line).toMatch(
    /^sbatch --job-name=toy --array=0-2%3 --requeue --open-mode=append --signal=B:USR2@120 --output=.*\/logs\/slurm-%A_%a\.log$/,
  )
})

test('options of Slurm are passed on, and those after --slurm last, as they are', async () => {
  const line = await slurmRun(
    ...['--threads', '4', '--partition', 'gpu', '--gres', 'gpu:1', '--time', '4:00:00'],
    ...['--account', 'me', '--slurm', '--mem=8G', '--constraint=a100', '--time=1:00'],
  )
  expect(line).toContain(
    ' --cpus-per-task=4 --partition=gpu --gres=gpu:1 --time=4:00:00 --account=me --mem=8G --constraint=a100 --time=1:00',
  )
})

test('without --jobs there are as many workers as units that wait for no other, at most eight', async () => {
  expect(await slurmRun('--seeds', '1')).toContain('--array=0-2%3')
  expect(await slurmRun('--seeds', '1,2,3')).toContain('--array=0-7%8')
})

test('words after --slurm are gathered into one, however they look', () => {
  expect(gatherSlurmWords(['run', 'a', '--slurm', '--mem=8G', '-n', '2'])).toEqual([
    ...['run', 'a', '--slurm=["--mem=8G","-n","2"]'],
  ])
  expect(gatherSlurmWords(['run', '--slurm=--mem=8G', '--qos=x'])).toEqual([
    ...['run', '--slurm=["--mem=8G","--qos=x"]'],
  ])
  expect(gatherSlurmWords(['run', 'a', '--slurm'])).toEqual(['run', 'a', '--slurm'])
  expect(gatherSlurmWords(['list'])).toEqual(['list'])
})

test.each([
  [['--partition', 'gpu'], '--partition needs --executor slurm'],
  [['--wait'], '--wait needs --executor slurm'],
  [['--results-claim', 'x'], '--results-claim needs --executor kubernetes'],
  [['--executor', 'kubernetes', '--wait'], '--wait needs --executor slurm'],
  [['--executor', 'slurm', '--budget', '30m'], '--executor slurm takes no --budget'],
  [['--executor', 'slurm', '--until-decided'], '--executor slurm takes no --until-decided'],
])('%j is refused: %s', async (words, sentence) => {
  expect(await failing('run', 'toy-table1', ...words)).toContain(sentence)
})

test.each([
  [['--budget', '30m'], 'work takes no --budget: toy run … --dry-run --budget 30m says'],
  [['--browser', 'headless'], 'work takes no --browser'],
  [['--until-decided'], 'work takes no --until-decided'],
  [['--max-seeds', '9'], 'work takes no --until-decided'],
])('work %j is refused with what to do instead', async (words, sentence) => {
  expect(await failing('work', 'toy-table1', ...words)).toContain(sentence)
})

test('work --dry-run says what would be run, and queues and runs nothing', async () => {
  const command = captureCommand()
  const results = temporaryFolder()
  const words = ['work', 'toy-table1', '--seeds', '1', '--dry-run', '--results', results]
  expect(await command.run(words), command.err()).toBe(0)
  expect(command.out()).toContain('3 to run, 0 have results')
  expect(await command.run(['status', '--results', results])).toBe(0)
  expect(command.out()).toContain('nothing is queued')
})
