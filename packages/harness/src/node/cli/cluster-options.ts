import { Option, type Command } from 'commander'
import { RetableError } from '@retable/core/host'
import { optionOf } from '../../declare/option-name.js'

/** What says on which cluster, and how, `run` has units made. */
export interface ClusterOptions {
  /** Left out: this machine. */
  readonly executor?: 'slurm' | 'kubernetes'
  /** Stay until everything is made, and print the tables. */
  readonly wait?: boolean
  /** Slurm's partition; its default unless given. */
  readonly partition?: string
  /** Devices per worker, in Slurm's words: `gpu:1`; none unless given. */
  readonly gres?: string
  /** Slurm's time limit of a worker: `4:00:00`; the partition's unless given. */
  readonly time?: string
  /** Slurm's account; the user's default unless given. */
  readonly account?: string
  /** Everything after `--slurm`, for sbatch. */
  readonly slurm?: readonly string[]
  /** The image of the workers on Kubernetes. */
  readonly image?: string
  /** The volume claim of results on Kubernetes; `retable-results` unless given. */
  readonly resultsClaim?: string
  /** The volume claim of data sets on Kubernetes; none unless given. */
  readonly dataClaim?: string
}

/** The option after which all words are for sbatch. */
const slurmWord = '--slurm'

/** Adds the options of clusters. */
export const addClusterOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--executor <cluster>',
        'have a cluster make the units by --jobs workers: slurm submits a job array, kubernetes prints a Job',
      ).choices(['slurm', 'kubernetes']),
    )
    .option('--wait', 'with --executor slurm: stay until everything is made')
    .option('--partition <name>', 'Slurm’s partition')
    .option('--gres <list>', 'devices per worker, as Slurm names them: gpu:1')
    .option('--time <limit>', 'Slurm’s time limit of a worker, which resumes after it: 4:00:00')
    .option('--account <name>', 'Slurm’s account')
    .addOption(
      new Option(
        `${slurmWord} <options...>`,
        'everything after this word goes to sbatch as it is: --slurm --mem=8G --qos=long',
      ).argParser((text) => JSON.parse(text) as readonly string[]),
    )
    .option('--image <name>', 'Kubernetes: the image of the workers, which has this command')
    .option(
      '--results-claim <name>',
      'Kubernetes: volume claim of results (default: retable-results)',
    )
    .option('--data-claim <name>', 'Kubernetes: volume claim of data sets (default: none)')

/** The words of a command line with all that follow `--slurm` in one, since they look like options of this command. */
export const gatherSlurmWords = (words: readonly string[]): readonly string[] => {
  const at = words.findIndex((word) => word === slurmWord || word.startsWith(`${slurmWord}=`))
  if (at < 0) return words
  const first = words[at]!.slice(slurmWord.length + 1)
  const rest = [...(first === '' ? [] : [first]), ...words.slice(at + 1)]
  return [
    ...words.slice(0, at),
    ...(rest.length > 0 ? [`${slurmWord}=${JSON.stringify(rest)}`] : [slurmWord]),
  ]
}

/** The options of sbatch that the options of this command name, and then those after `--slurm`. */
export const slurmOptions = ({
  partition,
  gres,
  time,
  account,
  slurm = [],
}: ClusterOptions): readonly string[] => [
  ...Object.entries({ partition, gres, time, account }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  ),
  ...slurm,
]

const belongTo: Readonly<Record<'slurm' | 'kubernetes', readonly (keyof ClusterOptions)[]>> = {
  slurm: ['wait', 'partition', 'time', 'account', 'slurm', 'gres'],
  kubernetes: ['image', 'resultsClaim', 'dataClaim', 'gres'],
}

/** Refuses an option of a cluster that was not asked for, and those of this machine if one was. */
export const checkClusterOptions = (
  chosen: ClusterOptions & {
    readonly browser?: unknown
    readonly budget?: unknown
    readonly untilDecided?: unknown
  },
): void => {
  const { executor } = chosen
  const fits = executor === undefined ? [] : belongTo[executor]
  for (const name of Object.values(belongTo).flat()) {
    if (chosen[name] === undefined || fits.includes(name)) continue
    const needed = Object.entries(belongTo).flatMap(([other, names]) =>
      names.includes(name) ? [other] : [],
    )
    throw new RetableError(
      'invalid-argument',
      `${optionOf(name)} needs --executor ${needed.join(' or ')}`,
    )
  }
  if (executor === undefined) return
  if (chosen.browser !== undefined) refuse('--browser', 'workers on a cluster open no browser')
  if (chosen.budget !== undefined) {
    refuse('--budget', 'it is measured on this machine; choose seeds and length yourself')
  }
  if (chosen.untilDecided) {
    refuse('--until-decided', 'it plans while it runs; have more --seeds made, and judge these')
  }

  function refuse(option: string, why: string): never {
    throw new RetableError('invalid-argument', `--executor ${executor} takes no ${option}: ${why}`)
  }
}
