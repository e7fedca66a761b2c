import type { Command } from 'commander'
import { cancelWorkers, isAnyUnitHeld } from '../queue/cancellation.js'
import { cancelJobs, queuedTasks } from '../slurm/slurm.js'
import { forgetSubmitted, submittedJobs } from '../slurm/submitted.js'
import { openExistingStore } from './existing-store.js'
import type { CommandContext } from './options.js'

/** Adds `cancel`. */
export const addCancelCommand = (program: Command, options: CommandContext): void => {
  const { stdout = process.stdout } = options
  program
    .command('cancel')
    .summary('stop the workers on a results folder')
    .description(
      'Stops the workers on a results folder, on whatever machines: each writes a checkpoint, within seconds of its step, ' +
        'and ends. Slurm’s jobs on the folder are canceled. What is queued stays: workers that start later resume it.',
    )
    .option('--results <dir>', 'folder of results', 'results')
    .action(async ({ results }: { results: string }) => {
      const store = openExistingStore(results)
      cancelWorkers(store)
      const known = submittedJobs(store)
      const queued = await queuedTasks(known)
      const live = known.filter((job) => queued.includes(job))
      await cancelJobs(live)
      forgetSubmitted(
        store,
        known.filter((job) => !live.includes(job)),
      )
      const jobs = live.length > 0 ? `; Slurm cancels job ${live.join(', ')}` : ''
      const none = live.length === 0 && !isAnyUnitHeld(store)
      stdout.write(
        none
          ? `no workers are running units of ${store.dir}, so none were stopped\n`
          : `the workers on ${store.dir} write checkpoints and end${jobs}\n`,
      )
    })
}
