import { RetableError } from '@retable/core/host'
import { indexedJob } from '../kubernetes/indexed-job.js'
import type { AskedRun } from './check-run.js'
import { choiceWords } from './choice.js'
import { runWords } from './run-options.js'

const resultsPath = '/results'
const dataPath = '/data'

/**
 * The Job whose workers put the tables into the queue of the results volume and make them.
 *
 * @throws RetableError `invalid-argument` without an image, or for devices that are no GPUs.
 */
export const kubernetesJob = ({
  ids,
  tables,
  chosen,
  options: { name },
}: Pick<AskedRun, 'ids' | 'tables' | 'chosen' | 'options'>): string => {
  const { image, resultsClaim = `${name}-results`, dataClaim, threads } = chosen
  if (image === undefined) {
    throw new RetableError(
      'invalid-argument',
      `--executor kubernetes needs --image: an image with Node and the command ${name}`,
    )
  }
  const onCluster = { ...chosen, results: resultsPath, ...(dataClaim && { data: dataPath }) }
  return indexedJob({
    name: jobName(name, ids),
    image,
    command: [
      ...[name, 'work', ...ids],
      ...choiceWords(tables[0]!.choice, resultsPath),
      ...runWords(onCluster),
      ...(chosen.retries === 0 ? [] : ['--retries', String(chosen.retries)]),
      ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ],
    workers: chosen.jobs,
    ...(threads === undefined ? {} : { cpus: threads }),
    gpus: gpusIn(chosen.gres),
    ...{ resultsClaim, resultsPath, dataPath },
    ...(dataClaim === undefined ? {} : { dataClaim }),
  })
}

/** A name that Kubernetes takes, of 63 letters at most: `retable-vgg-table4`. */
const jobName = (name: string, ids: readonly string[]): string =>
  `${name}-${ids.join('-')}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '')

/** Reads `gpu:2` and `gpu:a100:2`, as Slurm writes them. */
const gpusIn = (gres: string | undefined): number => {
  if (gres === undefined) return 0
  const count = /^gpu(?::[\w.-]*[a-z][\w.-]*)?(?::(\d+))?$/i.exec(gres)
  if (count) return Number(count[1] ?? 1)
  throw new RetableError(
    'invalid-argument',
    `--gres: expected GPUs such as gpu:1 on Kubernetes, got "${gres}"`,
  )
}
