import type { Command } from 'commander'
import { harnessVersion } from '../../version.js'
import { thisEnvironment } from '../run/environment.js'
import { dataFolder, type CommandContext, type Finding } from './options.js'

/** Adds `doctor`. */
export const addDoctorCommand = (program: Command, options: CommandContext): void => {
  const { stdout = process.stdout, env = process.env, verbose } = options
  program
    .command('doctor')
    .summary('what this machine has')
    .description(
      'Says which backends load here, which data sets are found, and the versions of everything.',
    )
    .option('--data <dir>', 'folder of data sets (default: RETABLE_DATA)')
    .option('--verbose', 'everything that is known')
    .action(async ({ data }: { data?: string }) => {
      const dir = dataFolder(data, env)
      const { node, platform, cpu, cores, memoryGiB, packages } = thisEnvironment(
        options.packages ?? {},
      )
      stdout.write(`${options.name} ${options.version}, Node ${node}, ${platform}\n`)
      stdout.write(`${cpu}, ${cores} cores, ${memoryGiB} GiB\n`)
      const backends = (await options.listBackends?.()) ?? []
      stdout.write(`\nBackends\n${findings(backends, verbose)}`)
      const where = dir ?? 'no folder given: --data DIR or RETABLE_DATA'
      stdout.write(`\nData (${where})\n${findings((await options.listData?.(dir)) ?? [], verbose)}`)
      const versions = Object.entries({ ...packages, '@retable/harness': harnessVersion })
      const lines = versions.map(([name, version]) => `  ${name} ${version}\n`)
      stdout.write(`\nPackages\n${lines.join('')}`)
    })
}

const findings = (list: readonly Finding[], verbose: boolean): string => {
  const width = Math.max(0, ...list.map(({ name }) => name.length))
  return list
    .map(({ name, found, note, details }) => {
      const more = verbose && details ? `\n${details.replace(/^/gm, '      ')}` : ''
      return `  ${found ? 'yes' : 'no '}  ${name.padEnd(width)}  ${note}${more}\n`
    })
    .join('')
}
