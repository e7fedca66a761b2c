import type { JsonObject } from '@retable/core/host'
import type { StoredResult } from '../unit/result.js'
import { formatDuration } from '@retable/core/host'
import type { Provenance, ReportCell, ReportReference } from './report.js'

/** The mark of each number that rests on a result which was carried over, and of the sentence that says from what. */
export const carriedOverMark = '†'

/** The mark of each number that rests on a run which diverged, and of the sentence that says which. */
export const divergedMark = '‡'

/** Sums up what results were made with, and what of it a reader should know. */
export const provenanceOf = (
  results: readonly StoredResult[],
  cells: readonly Pick<ReportCell, 'carriedOver' | 'diverged'>[],
  harness: string,
): Provenance => {
  const backends = distinct(
    results.flatMap(({ backend }) => {
      if (backend === null) return []
      return [backend.version === undefined ? backend.name : `${backend.name} ${backend.version}`]
    }),
  )
  const environments = distinct(results.map((result) => result.environment))
  const data = distinct(
    results.flatMap((result) =>
      result.data.map(({ request, fingerprint, note = null }) => ({ request, fingerprint, note })),
    ),
  )
  const finished = results.map((result) => result.timing.finishedAt).sort()
  return {
    backends,
    environments,
    data,
    harness,
    seconds: results.reduce((sum, result) => sum + result.timing.seconds, 0),
    results: results.length,
    made: finished.length > 0 ? [finished[0]!, finished.at(-1)!] : null,
    warnings: [
      ...carriedOverLines(cells),
      ...divergedLines(cells),
      ...mixed(backends, environments),
      ...mixedData(data),
      ...notes(data),
    ],
  }
}

/** What results were made with, in lines under names: results, backend, machine, packages, verdicts, data. */
export const environmentLines = (
  provenance: Provenance,
): readonly { readonly name: string; readonly lines: readonly string[] }[] => {
  const { environments, data, backends, made, results, seconds, harness } = provenance
  if (results === 0) return []
  const packages = environments.flatMap((one) =>
    Object.entries(one.packages).map(([name, version]) => `${name} ${version}`),
  )
  const days = made!.map((time) => time.slice(0, 10))
  return [
    {
      name: 'results',
      lines: [
        `${results}, ${formatDuration(seconds)} of work in all (other tables may share some of it), ` +
          `made ${[...new Set(days)].join(' to ')}`,
      ],
    },
    { name: 'backend', lines: backends },
    {
      name: 'machine',
      lines: distinct(
        environments.map(
          ({ cpu, cores, memoryGiB, node, platform }) =>
            `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, ${node.startsWith('v') ? `Node ${node}` : node}`,
        ),
      ),
    },
    { name: 'packages', lines: packages.length > 0 ? [distinct(packages).join(', ')] : [] },
    { name: 'verdicts', lines: [`@retable/harness ${harness}`] },
    {
      name: 'data',
      lines: data.map(
        ({ request, fingerprint }) =>
          `${JSON.stringify(request)}, fingerprint ${fingerprint.slice(0, 16)}`,
      ),
    },
  ].filter(({ lines }) => lines.length > 0)
}

/** Runs that resumed from a checkpoint of other software, another machine or another number of threads, by what differed. */
export const carriedOverLines = (
  cells: readonly Pick<ReportCell, 'carriedOver'>[],
): readonly string[] => {
  const units = new Map<string, Set<string>>()
  for (const { label, unitSeed, differs } of cells.flatMap((cell) => cell.carriedOver)) {
    // Results have it as the run that resumed was told: `threads 1, now 2`.
    const what = differs.join('; ').replaceAll(', now ', ', then ')
    const name = unitSeed === null ? label : `${label} (seed ${unitSeed})`
    units.set(what, (units.get(what) ?? new Set()).add(name))
  }
  return [...units].map(
    ([what, names]) =>
      `${carriedOverMark} Resumed under different conditions (${what}): ${[...names].join(', ')}.`,
  )
}

/** How another implementation's numbers were made: `PyTorch: python3 vgg.py; torch 2.15; made 2026-11-29 on …`. */
export const referenceText = ({ implementation, provenance, paired }: ReportReference): string => {
  const { command, packages, machine, made, note } = provenance
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  const seeds = paired ? 'the same draws per seed as ours' : 'seeds independent of ours'
  return [
    `${implementation}: ${command}`,
    versions.join(', '),
    `made ${made} on ${machine}`,
    seeds,
    note,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('; ')
}

/** Runs that diverged, each once: they are counted, not left out. */
export const divergedLines = (
  cells: readonly Pick<ReportCell, 'diverged'>[],
): readonly string[] => {
  const units = new Map<string, string>()
  for (const { label, unitSeed, why } of cells.flatMap((cell) => cell.diverged)) {
    units.set(unitSeed === null ? label : `${label} (seed ${unitSeed})`, why)
  }
  if (units.size === 0) return []
  const which = [...units].map(([name, why]) => `${name}: ${why}`).join('; ')
  const runs =
    units.size === 1
      ? '1 run diverged; its errors count'
      : `${units.size} runs diverged; their errors count`
  return [`${divergedMark} ${runs} as those of a net that learned nothing: ${which}.`]
}

const mixed = (
  backends: readonly string[],
  environments: Provenance['environments'],
): readonly string[] => {
  const versions = distinct(environments.map((environment) => environment.packages))
  return [
    ...(backends.length > 1
      ? [`Results of different backends are mixed: ${backends.join(', ')}.`]
      : []),
    ...(versions.length > 1 ? ['Results of different package versions are mixed.'] : []),
  ]
}

/** One request with two fingerprints: the table compares nets that saw different data. */
const mixedData = (data: Provenance['data']): readonly string[] => {
  const prints = new Map<string, { request: JsonObject; fingerprints: Set<string> }>()
  for (const { request, fingerprint } of data) {
    const name = JSON.stringify(request)
    const entry = prints.get(name) ?? { request, fingerprints: new Set() }
    entry.fingerprints.add(fingerprint)
    prints.set(name, entry)
  }
  return [...prints]
    .filter(([, { fingerprints }]) => fingerprints.size > 1)
    .map(
      ([name, { fingerprints }]) =>
        `Results of different data are mixed: ${name} has fingerprints ` +
        `${[...fingerprints].map((print) => print.slice(0, 12)).join(', ')}.`,
    )
}

const notes = (data: Provenance['data']): readonly string[] =>
  distinct(data.flatMap(({ note }) => (note === null ? [] : [note])))

const distinct = <T>(values: readonly T[]): readonly T[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
]
