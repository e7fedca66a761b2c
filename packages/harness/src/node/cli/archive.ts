import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { RetableError, sha256Hex } from '@retable/core/host'
import { explainFileError, makeFolder, replaceFile, writeWholeFile } from '@retable/core/node'
import type { Reproduction } from '../../declare/reproduction.js'
import { planReport, resultsBehind } from '../../plan/collect.js'
import { unitsOf } from '../../plan/plan.js'
import { counted } from '../../report/text/format-number.js'
import {
  artifactsOf,
  decodeArtifact,
  encodeArchive,
  encodeArtifact,
  type ArchiveLine,
} from '../../unit/result-archive.js'
import { encodeResult } from '../../unit/result-file.js'
import type { StoredResult } from '../../unit/result.js'
import { archiveLines } from '../store/archives.js'
import { readArchived } from '../store/read-result.js'
import { decodeReference, type ReferenceResults } from '../../unit/reference.js'
import { keepReference } from '../store/references.js'
import { openStore, type Store } from '../store/store.js'
import { findReproduction } from './choice.js'
import type { CommandContext } from './options.js'

interface ExportOptions {
  readonly tier?: string
  readonly results: string
  readonly output?: string
  readonly each?: string
  readonly artifacts?: true
}

/** Adds `export` and `import`. */
export const addArchiveCommands = (program: Command, options: CommandContext): void => {
  const { stdout = process.stdout, reproductions } = options
  program
    .command('export')
    .argument('<ids...>', 'the reproductions, as `list` names them; or all, for every result')
    .summary('write results into one file, for another folder or machine')
    .description(
      'Writes the results behind tables into an archive: a file of JSON Lines, one result per line with its SHA-256. ' +
        'Archives that are in a folder of results are read from there by every other command.',
    )
    .option('--tier <tier>', 'only the results of this tier (default: all)')
    .option('--results <dir>', 'folder of results', 'results')
    .option('--output <file>', 'the archive to write')
    .option('--each <dir>', 'one archive per table and tier, in this folder')
    .option('--artifacts', 'with the weights and posteriors that are kept (large)')
    .action(async (ids: readonly string[], chosen: ExportOptions) => {
      const store = openStore(chosen.results)
      const results = resultsOf(ids, chosen, store, reproductions)
      if (results.length === 0) {
        throw new RetableError('not-found', `${store.dir} holds no results of ${ids.join(', ')}`)
      }
      if (chosen.each !== undefined) makeFolder(chosen.each)
      for (const [file, some] of filesOf(results, chosen)) {
        const kept = await writeArchive(file, some, chosen.artifacts ? store : undefined)
        stdout.write(`${file}: ${counted(some.length, 'result')}, ${counted(kept, 'artifact')}\n`)
      }
    })
  program
    .command('import')
    .argument(
      '<files...>',
      'archives, as export and the browser page write them; or another implementation’s results',
    )
    .summary('take results out of archives into a folder')
    .description(
      'Checks every result and artifact of an archive and adds those that the folder does not have; nothing of it if one is damaged.',
    )
    .option('--results <dir>', 'folder of results', 'results')
    .action(async (files: readonly string[], { results }: { results: string }) => {
      const store = openStore(results)
      for (const file of files) {
        const reference = referenceIn(file)
        if (reference) {
          const kept = keepReference(store.dir, reference)
          const { implementation, reproduction, tier } = reference
          stdout.write(
            `${file}: results of ${implementation} for ${reproduction}, ${tier} tier: ${kept}\n`,
          )
          continue
        }
        const { added, known, artifacts } = await importArchive(file, store)
        stdout.write(
          `${file}: ${counted(added, 'result')} added, ${known} there already, ` +
            `${counted(artifacts, 'artifact')} added\n`,
        )
      }
    })
}

const startOf = (path: string): string => {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(256)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}

/** The other implementation's results that a file holds; undefined for an archive. */
const referenceIn = (path: string): ReferenceResults | undefined => {
  try {
    // Archives are JSON Lines, and may be larger than a text can be.
    if (!path.endsWith('.json') && !startOf(path).includes('"retable-reference"')) return undefined
    return decodeReference(readFileSync(path, 'utf8'), path)
  } catch (error) {
    throw explainFileError(error, 'read', path)
  }
}

/** The results to export: all, or those behind the tables, what they need included. */
const resultsOf = (
  ids: readonly string[],
  { tier }: ExportOptions,
  store: Store,
  reproductions: readonly Reproduction[],
): readonly StoredResult[] => {
  const inTier = ({ settings }: StoredResult) => tier === undefined || settings.tier === tier
  if (ids.includes('all')) {
    return store
      .list()
      .map(({ result }) => result)
      .filter(inTier)
  }
  const units = [...new Set(ids)].flatMap((id) => {
    const reproduction = findReproduction(reproductions, id)
    const tiers = tier === undefined ? reproduction.tiers?.map(({ name }) => name) : [tier]
    return (tiers ?? []).flatMap((one) => unitsOf(planReport(reproduction, { tier: one }, store)))
  })
  return resultsBehind(units, store)
}

/** Which results go into which file. */
const filesOf = (
  results: readonly StoredResult[],
  { output, each }: ExportOptions,
): ReadonlyMap<string, readonly StoredResult[]> => {
  if ((output === undefined) === (each === undefined)) {
    throw new RetableError('invalid-argument', 'export takes either --output FILE or --each DIR')
  }
  if (output !== undefined) return new Map([[output, results]])
  const files = new Map<string, StoredResult[]>()
  for (const result of results) {
    const { reproduction, tier } = result.settings
    const file = join(each!, `${reproduction}${tier === null ? '' : `.${tier}`}.jsonl`)
    files.set(file, [...(files.get(file) ?? []), result])
  }
  return files
}

/** Text longer than this is more than a string can be. */
const mostBytes = 256 * 2 ** 20

/** Writes an archive, with the artifacts that `kept` has; how many those are. */
const writeArchive = async (
  path: string,
  results: readonly StoredResult[],
  kept: Store | undefined,
): Promise<number> => {
  const artifacts = kept
    ? [...artifactsOf(results).values()].filter((one) => kept.hasArtifact(one))
    : []
  await replaceFile(path, async (file) => {
    await file.writeFile(encodeArchive(results))
    for (const artifact of artifacts) {
      if (artifact.bytes > mostBytes) {
        throw new RetableError(
          'invalid-argument',
          `artifact ${artifact.file} has ${Math.round(artifact.bytes / 2 ** 20)} MiB, and an archive takes at most 256 of one; ` +
            'copy the folder of results, or leave --artifacts out',
        )
      }
      const bytes = readFileSync(kept!.artifactPath(artifact))
      await file.writeFile(`${encodeArtifact(artifact.file, bytes)}\n`)
    }
  })
  return artifacts.length
}

/** Adds an archive's results and artifacts to a store: all of them, once every line has been checked, or none. */
const importArchive = async (
  path: string,
  store: Store,
): Promise<{ readonly added: number; readonly known: number; readonly artifacts: number }> => {
  const lines = archiveLines(path)
  const { fresh, known } = checkLines(path, lines, store)
  let artifacts = 0
  for (const line of lines) {
    if (line.kind !== 'artifact') continue
    artifacts += (await importArtifact(path, line, store)) ? 1 : 0
  }
  for (const result of fresh) store.write(result)
  return { added: fresh.length, known, artifacts }
}

const nothingImported = 'nothing was imported from it; export or copy it again'

/** The results of an archive that a store does not have, and how many it has; throws at the first bad line. */
const checkLines = (
  path: string,
  lines: readonly ArchiveLine[],
  store: Store,
): { readonly fresh: readonly StoredResult[]; readonly known: number } => {
  const now = store.look()
  const fresh = new Map<string, StoredResult>()
  const names = new Map<string, string>()
  let known = 0
  for (const line of lines) {
    if (line.kind === 'artifact') {
      checkedBytes(path, line)
      continue
    }
    const result = readArchived(path, line, nothingImported)
    const there = now.find(result.key)
    const name = there ? encodeResult(there.result).name : names.get(result.key)
    if (name !== undefined && name !== line.name) {
      throw new RetableError(
        'mismatch',
        there
          ? `${path} and ${there.file} hold different results of unit "${result.label}"; import into another folder (--results), or delete one`
          : `${path} holds different results of unit "${result.label}" (${name}, ${line.name}); delete one of these lines`,
      )
    }
    if (there) known++
    else fresh.set(result.key, result)
    names.set(result.key, line.name)
  }
  return { fresh: [...fresh.values()], known }
}

type ArtifactLine = Parameters<typeof decodeArtifact>[1]

/** The bytes of an artifact's line, which hash to its name. */
const checkedBytes = (path: string, line: ArtifactLine): Uint8Array => {
  const bytes = decodeArtifact(path, line)
  const [sha256 = ''] = line.file.split('.')
  const found = sha256Hex(bytes)
  if (found === sha256) return bytes
  throw new RetableError(
    'corrupt-data',
    `artifact ${line.file} of ${path} was changed: it hashes to ${found.slice(0, 16)}; ${nothingImported}`,
  )
}

/** Adds one artifact, which {@link checkLines} has checked; whether it was not there. */
const importArtifact = async (path: string, line: ArtifactLine, store: Store): Promise<boolean> => {
  const bytes = decodeArtifact(path, line)
  const [sha256 = ''] = line.file.split('.')
  if (store.hasArtifact({ file: line.file, sha256, bytes: bytes.length })) return false
  store.prepare()
  const temporary = join(makeFolder(join(store.dir, '.work')), line.file)
  try {
    writeWholeFile(temporary, bytes)
    await store.keepArtifact(temporary)
  } catch (error) {
    throw explainFileError(error, 'keep', temporary)
  } finally {
    rmSync(temporary, { force: true })
  }
  return true
}
