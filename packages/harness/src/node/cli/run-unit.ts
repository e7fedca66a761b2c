import type { Command } from 'commander'
import { unitDefinitions } from '../../unit/pack.js'
import { runAsChild } from '../run/executors/child-main.js'
import { childWord } from '../run/executors/messages.js'
import type { CommandContext } from './options.js'
import { servicesFor } from './run-settings.js'

/** Adds the hidden command that a parent process starts: it runs the units that it is sent. */
export const addRunUnitCommand = (program: Command, options: CommandContext): void => {
  program.command(childWord, { hidden: true }).action(async () => {
    await runAsChild({
      definitions: unitDefinitions(options.units),
      servicesFor: (settings, signal) => servicesFor(options, settings, signal),
    })
    if (process.connected) process.disconnect()
  })
}
