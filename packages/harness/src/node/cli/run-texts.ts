import { errorText, unitName } from '../display/unit-text.js'
import { missingUnits } from '../../plan/missing.js'
import type { ScheduleOutcome } from '../run/schedule.js'
import type { Store } from '../store/store.js'
import { shortKey, unitKey } from '../../unit/unit-key.js'
import type { Unit } from '../../unit/unit.js'
import type { Chosen } from '../budget/budget.js'
import { choiceWords } from './choice.js'
import { ExitWith } from './exit.js'
import type { CommandContext } from './options.js'
import { checkResultsBehind } from './run-plans.js'
import { effortWords, runWords, wordsFor, type RunOptions } from './run-options.js'
import { shellQuote } from './shell-quote.js'

/** Prints the errors of the units that failed, and ends the command with 1; returns if there are none. */
export const endIfFailed = (
  failed: ScheduleOutcome['failed'],
  { name, verbose, stderr = process.stderr }: CommandContext,
): void => {
  if (failed.length === 0) return
  stderr.write(failuresText(failed, name, verbose))
  throw new ExitWith(1)
}

/** A line for each different error, with the units that met it. */
const failuresText = (
  failed: ScheduleOutcome['failed'],
  name: string,
  verbose: boolean,
): string => {
  const byError = new Map<string, string[]>()
  for (const { unit, error } of failed) {
    const text = errorText(error, verbose)
    byError.set(text, [...(byError.get(text) ?? []), unitName(unit)])
  }
  return [...byError]
    .map(([text, units]) => {
      const more = units.length > 3 ? ` and ${units.length - 3} more` : ''
      return `${name}: ${units.slice(0, 3).join(', ')}${more} failed: ${text}\n`
    })
    .join('')
}

/** The command that resumes a run; one for each reproduction if a budget chose for them. */
export const resumeText = (
  typed: readonly string[],
  ids: readonly string[],
  { making, tables }: { readonly making: readonly Chosen[]; readonly tables: readonly Chosen[] },
  chosen: RunOptions,
): string => {
  const effort = effortWords(chosen)
  if (making !== tables)
    return making
      .map((one) => shellQuote([...typed, ...wordsFor(one, chosen), ...effort]))
      .join(' && ')
  const words = choiceWords(tables[0]!.choice, chosen.results)
  // Stopped before the budget had chosen.
  const budget = chosen.budget ? ['--budget', chosen.budget.text] : []
  return shellQuote([...typed, 'run', ...ids, ...words, ...runWords(chosen), ...effort, ...budget])
}

/**
 * What a run would make, one line per unit.
 *
 * @throws RetableError as {@link checkResultsBehind} does.
 */
export const dryRunText = (units: readonly Unit[], store: Store): string => {
  checkResultsBehind(units, store)
  const { pending, found } = missingUnits(units, store)
  const lines = pending.map(
    (unit) => `  ${unitName(unit)}  ${unit.definition.kind}  ${shortKey(unitKey(unit))}`,
  )
  return `${pending.length} to run, ${found.length} have results in ${store.dir}\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}`
}
