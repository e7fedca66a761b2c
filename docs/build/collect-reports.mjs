// The reports of every reproduction in every tier, as the command prints them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { overrideWords } from '@retable/harness'

const root = join(import.meta.dirname, '../..')
const results = join(root, 'reproductions/results')

const bin = join(root, 'reproductions/dist/bin/retable.js')

/** Keeps what the command prints to itself; a failure is told by its exit code. */
const quiet = () => {
  const { stdout, stderr } = process
  const writes = [stdout, stderr].map((stream) => [stream, stream.write])
  for (const [stream] of writes) stream.write = () => true
  return { end: () => writes.forEach(([stream, write]) => (stream.write = write)) }
}

/**
 * The reports of every reproduction in every tier, from a folder of results. Where nothing was made at a tier's own settings,
 * as `retable list` says, it is the report of the settings at which most was, and `at` has the options that print it.
 */
export const collectReports = async (from = results) => {
  const { reproductions } = await import('@retable/reproductions')
  const { retable } = await import('../../reproductions/dist/command.js')
  const scratch = mkdtempSync(join(tmpdir(), 'retable-docs-'))
  const command = retable()
  const listed = JSON.parse(
    execFileSync(process.execPath, [bin, 'list', '--json', '--results', from], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }),
  )
  /** The settings at which most of a tier was made, if nothing was at its own. */
  const settingsElsewhere = (id, tier) =>
    listed.find((one) => one.id === id).tiers[tier]?.elsewhere[0]?.settings
  const quietly = quiet()
  /** What the command prints; an error with its words if it fails. */
  const printed = async (...words) => {
    const file = join(scratch, 'printed.json')
    const code = await command.run([
      ...words,
      '--results',
      from,
      '--format',
      'json',
      '--output',
      file,
    ])
    if (code !== 0) throw new Error(`retable ${words.join(' ')} exited with ${code}`)
    return JSON.parse(readFileSync(file, 'utf8'))
  }
  try {
    const reports = []
    for (const { id, tiers } of reproductions) {
      for (const tier of tiers?.map(({ name }) => name) ?? [undefined]) {
        const words = ['report', id, ...(tier === undefined ? [] : ['--tier', tier])]
        const at = overrideWords(settingsElsewhere(id, tier) ?? {})
        reports.push({ id, tier, at: at.join(' '), report: await printed(...words, ...at) })
      }
    }
    return { reproductions, reports }
  } finally {
    quietly.end()
    rmSync(scratch, { recursive: true })
  }
}
