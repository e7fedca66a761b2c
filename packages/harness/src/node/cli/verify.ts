import type { Command } from 'commander'
import { counted, formatBytes } from '../../report/text/format-number.js'
import { verifyStore } from '../store/verify.js'
import { leftOversOf } from '../store/left-overs.js'
import { openExistingStore } from './existing-store.js'
import { ExitWith } from './exit.js'
import type { CommandContext } from './options.js'

/** Adds `verify`. */
export const addVerifyCommand = (program: Command, options: CommandContext): void => {
  const { stdout = process.stdout } = options
  program
    .command('verify')
    .summary('recompute the hashes of all results')
    .description(
      'Recomputes the hash of every result and artifact, and names what was cut short or changed, and results that others ' +
        'need and that are not there. Artifacts that are not there are counted, and are no problem: git and most archives ' +
        'leave them out, and a run that needs them makes them again.',
    )
    .option('--results <dir>', 'folder of results', 'results')
    .action(async ({ results }: { results: string }) => {
      const store = openExistingStore(results)
      const { checked, artifacts, missing, problems } = await verifyStore(store)
      for (const problem of problems) stdout.write(`${problem}\n`)
      const left = leftOversOf(store)
      for (const { path, what } of left) stdout.write(`${path}: ${what}\n`)
      if (left.length > 0) {
        const bytes = left.reduce((sum, one) => sum + one.bytes, 0)
        stdout.write(
          `${counted(left.length, 'left-over')} of processes that were killed (${formatBytes(bytes)}); the next run removes what nobody uses\n`,
        )
      }
      const gone = missing > 0 ? `, ${counted(missing, 'artifact')} not kept here` : ''
      stdout.write(
        `${counted(checked, 'result')} and ${counted(artifacts, 'artifact')} checked${gone}, ` +
          `${counted(problems.length, 'problem')}\n`,
      )
      if (problems.length > 0) throw new ExitWith(1)
    })
}
