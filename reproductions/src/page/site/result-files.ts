import { RetableError } from '@retable/core'
import { resultsBehind, unitsOf } from '@retable/harness'
import type { Plan, StoredResult } from '@retable/harness'
import { exportArchive, importArchive, type PageStore } from '@retable/harness/page'
import { sentenceOf } from './backends.js'
import { isCifarArchive, isCifarFile, keepCifarArchive, keepCifarFiles } from './cifar-archive.js'
import { element, notice } from './dom.js'

/** The results behind a plan that are in this browser, those of needed units too. */
export const resultsOf = (plan: Plan, store: PageStore): readonly StoredResult[] =>
  resultsBehind(unitsOf(plan), store)

/** Downloads a plan's results as the archive that `retable import` reads. */
export const exportResults = async (plan: Plan, store: PageStore): Promise<void> => {
  const parts = await exportArchive(resultsOf(plan, store), store)
  const url = URL.createObjectURL(new Blob([...parts], { type: 'application/jsonl' }))
  const { reproduction, tier } = plan
  const link = element('a', {
    href: url,
    download: `${reproduction.id}${tier ? `.${tier.name}` : ''}.jsonl`,
  })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Keeps what files hold: CIFAR-10, packed or not, or results. Returns the first result that was read. */
export const openFiles = async (
  files: readonly File[],
  store: PageStore,
): Promise<StoredResult | undefined> => {
  try {
    if (files.some(isCifarFile)) {
      notice('Reading CIFAR-10 …')
      notice(await keepCifarFiles(files))
      return undefined
    }
    const [file] = files
    if (!file) return undefined
    if (files.length > 1) {
      throw new RetableError(
        'invalid-argument',
        `expected one file, or the six of CIFAR-10, got ${files.length}: drop them one after another`,
      )
    }
    if (await isCifarArchive(file)) {
      notice(`Reading ${file.name} …`)
      notice(await keepCifarArchive(file))
      return undefined
    }
    const { results, added, artifacts } = await importArchive(file.name, await file.text(), store)
    notice(
      `${file.name}: ${results.length} results, ${added} of them new here, and ${artifacts} artifacts.`,
    )
    return results[0]
  } catch (error) {
    notice(sentenceOf(error), 'error')
    return undefined
  }
}
