import type { Command } from 'commander'
import { harnessVersion } from '../../version.js'
import { isRetableError } from '@retable/core/host'
import { lookInBrowser, type InBrowser } from '../page/look-in-browser.js'
import { thisEnvironment } from '../run/environment.js'
import { dataDefault, dataFolder, type CommandContext, type Finding } from './options.js'

/** Adds `doctor`. */
export const addDoctorCommand = (program: Command, options: CommandContext): void => {
  const { stdout = process.stdout, env = process.env, verbose } = options
  program
    .command('doctor')
    .summary('what this machine has')
    .description(
      'Says which backends load here and in Chromium, and on what they run; which data sets are found; and the versions of everything.',
    )
    .option('--data <dir>', `folder of data sets ${dataDefault}`)
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
      if (options.page) {
        stdout.write(`\nIn a browser\n${findings(await inBrowser(options.page, env), verbose)}`)
      }
      stdout.write(`\nData (${dir})\n${findings((await options.listData?.(dir)) ?? [], verbose)}`)
      const versions = Object.entries({ ...packages, '@retable/harness': harnessVersion })
      const lines = versions.map(([name, version]) => `  ${name} ${version}\n`)
      stdout.write(`\nPackages\n${lines.join('')}`)
    })
}

/** The Chromium that the command starts, and what each backend runs on there. */
const inBrowser = async (
  page: NonNullable<CommandContext['page']>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> => {
  const asked = [...page.backends, ...(page.alsoInPages ?? [])].filter((name) => name !== 'auto')
  try {
    const { program, backends } = await lookInBrowser(page, asked, env)
    const version = backends.find((one) => 'info' in one)?.info.version
    const note = version === undefined ? program : `${version}, ${program}`
    return [{ name: 'chromium', found: true, note }, ...backends.map(backendFinding)]
  } catch (error) {
    if (!isRetableError(error)) throw error
    return [{ name: 'chromium', found: false, note: error.message }]
  }
}

const backendFinding = (one: InBrowser): Finding => {
  if (!('info' in one)) return { name: one.name, found: false, note: one.reason }
  const { name, why, details = {} } = one.info
  const { renderer, software, float32 } = details
  const words = [
    ...(typeof renderer === 'string' ? [renderer] : [/\((.+)\)/.exec(why ?? '')?.[1] ?? 'loads']),
    ...(software === true ? ['software: slow'] : []),
    ...(float32 === true ? ['32-bit float textures'] : []),
    ...(float32 === false ? ['no 32-bit float textures: cannot train'] : []),
  ]
  return { name, found: float32 !== false, note: words.join('; ') }
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
