import { Command } from 'commander'
import { RetableError, unknownName } from '@retable/core/host'
import { unitDefinitions } from '../../unit/pack.js'
import { explainFileError, systemCode } from '@retable/core/node'
import { errorText } from '../display/unit-text.js'
import { addArchiveCommands } from './archive.js'
import { addCancelCommand } from './cancel.js'
import { gatherSlurmWords } from './cluster-options.js'
import { addDoctorCommand } from './doctor.js'
import { reportError } from './exit.js'
import { addListCommand } from './list.js'
import type { CommandContext, CommandOptions } from './options.js'
import { addPlanCommand } from './plan.js'
import { addReportCommand } from './report.js'
import { addRunCommand } from './run.js'
import { addRunUnitCommand } from './run-unit.js'
import { addStatusCommand } from './status.js'
import { addVerifyCommand } from './verify.js'
import { addWorkCommand } from './work.js'
import { shellQuote } from './shell-quote.js'
import { typedCommand } from './typed-command.js'
import { usageError } from './usage-error.js'

/** A command made by {@link createCommand}. */
export interface ReproductionCommand {
  /** Runs the words after the command's name and returns the exit code; prints errors, throws none. */
  run(words: readonly string[]): Promise<number>
  /** Runs the process's own words and ends it with the exit code: all that a bin file does. */
  main(): Promise<void>
}

/**
 * Makes a command (`list`, `run`, `report`, `verify`, `export`, `import`, `doctor`) over a list of reproductions, for these papers or
 * for one of your own.
 *
 * Exit codes: 0 done, 1 something failed, 2 wrong usage, 129, 130 and 143 interrupted by SIGHUP,
 * SIGINT and SIGTERM.
 *
 * @throws RetableError `invalid-argument` if two reproductions share an id, or two kinds of units a name.
 * @example
 * #!/usr/bin/env node
 * const command = createCommand({
 *   name: 'my-paper',
 *   version: '1.0.0',
 *   reproductions: [table1, table2],
 *   units: [train, evaluate],
 *   backends: ['auto', 'cpu'],
 *   useBackend: async (name) => useBackend(name),
 *   openData: async (request, { dir }) => openMyData(request, dir),
 * })
 * await command.main()
 */
export const createCommand = (options: CommandOptions): ReproductionCommand => {
  const ids = options.reproductions.map(({ id }) => id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) {
    throw new RetableError('invalid-argument', `two reproductions are called "${twice}"`)
  }
  unitDefinitions(options.units)
  const { stdout = process.stdout, stderr = process.stderr, env = process.env } = options
  const makeProgram = (context: CommandContext): Command => {
    const program = new Command(options.name)
      .description(options.description ?? 'Makes the tables of a paper again, from seeded runs.')
      .version(options.version)
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(usageError(options.name, text)),
      })
      .showHelpAfterError(helpHint(context))
      .addHelpText(
        'after',
        `
Results go to the folder "results" of the current folder (--results DIR for another).
Data sets are looked for in --data DIR, else the environment's RETABLE_DATA, else ./data.`,
      )
    program.option('--verbose', 'show where an unexpected error happened')
    addListCommand(program, context)
    addPlanCommand(program, context)
    addRunCommand(program, context)
    addRunUnitCommand(program, context)
    addWorkCommand(program, context)
    addStatusCommand(program, context)
    addCancelCommand(program, context)
    addReportCommand(program, context)
    addDoctorCommand(program, context)
    addVerifyCommand(program, context)
    addArchiveCommands(program, context)
    options.extend?.(program)
    for (const command of program.commands) {
      command.copyInheritedSettings(program).showHelpAfterError(helpHint(context, command.name()))
    }
    return program
  }
  const runAs = async (typed: readonly string[], words: readonly string[]): Promise<number> => {
    const verbose = Boolean(env['DEBUG']) || words.includes('--verbose')
    try {
      const context = { ...withoutBackend, ...options, typed, verbose }
      const program = makeProgram(context)
      checkHelpTopic(program, words)
      await program.parseAsync(gatherSlurmWords(words), { from: 'user' })
      return 0
    } catch (error) {
      return reportError(error, { name: options.name, stderr, verbose })
    }
  }
  return {
    run: (words) => runAs([options.name], words),
    main: async () => {
      let lost: unknown
      // The reader of what is printed may go (`| head`, a terminal that is closed): that ends no run.
      process.stdout.on('error', (error) => {
        if (!isReaderGone(error, process.stdout)) lost ??= error
      })
      process.stderr.on('error', () => undefined)
      const [, script = '', ...words] = process.argv
      const started = { name: options.name, script, env: process.env, cwd: process.cwd() }
      const code = await runAs(typedCommand(started), words)
      // What is written must be out, and a backend's threads must not keep a finished command alive.
      await flushed(process.stdout)
      // A stream tells of its error only after that.
      await new Promise((resolve) => setImmediate(resolve))
      if (lost !== undefined) {
        const error = explainFileError(lost, 'write to', 'standard output')
        process.stderr.write(`${options.name}: ${errorText(error)}\n`)
      }
      await flushed(process.stderr)
      process.exit(code === 0 && lost !== undefined ? 1 : code)
    },
  }
}

/** What follows a usage error: `(retable run --help says more)`. */
const helpHint = ({ typed }: CommandContext, ...subcommand: readonly string[]): string =>
  `(${shellQuote([...typed, ...subcommand, '--help'])} says more)`

/** Refuses `help` of a command that there is not, of which commander prints the general help. */
const checkHelpTopic = (program: Command, [word, topic]: readonly string[]): void => {
  if (word !== 'help' || topic === undefined || topic.startsWith('-')) return
  const shown = program.createHelp().visibleCommands(program)
  const names = shown.map((command) => command.name())
  if (!names.includes(topic)) throw unknownName('command', topic, names)
}

/** For units that compute in plain JavaScript and open no data. */
const withoutBackend: Pick<CommandContext, 'backends' | 'useBackend' | 'openData'> = {
  backends: ['none'],
  useBackend: (name) => ({ name }),
  openData: (request) => {
    throw new RetableError(
      'invalid-argument',
      `a unit asks for the data ${JSON.stringify(request)}, but this command opens none; pass openData to createCommand`,
    )
  },
}

/** Whether writing failed because nobody reads any more; of a closed terminal the system says EIO, as of a broken disk. */
const isReaderGone = (error: unknown, stream: NodeJS.WriteStream): boolean => {
  const code = systemCode(error)
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || (code === 'EIO' && stream.isTTY)
}

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve()
    else stream.write('', () => resolve())
  })
