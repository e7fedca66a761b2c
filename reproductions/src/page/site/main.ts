import { missingUnits, unitsOf } from '@retable/harness'
import type { Plan } from '@retable/harness'
import { openPageStore, type PageStore } from '@retable/harness/page'
import { sentenceOf } from './backends.js'
import { choicesFrom, commandOf, plansOf, searchOf, type Choices } from './choices.js'
import { at, notice, text } from './dom.js'
import { droppedFiles } from './dropped-files.js'
import { createEstimate } from './estimate.js'
import { fillForm, wireForm } from './form.js'
import { createOffers } from './offers.js'
import { showReport } from './report-view.js'
import { exportResults, openFiles, resultsOf } from './result-files.js'
import { createRuns, type Runs } from './runs.js'

let choices: Choices = choicesFrom(location.search)
/** The results in this browser, and the runs that add to them, once they are open. */
let opened: { readonly store: PageStore; readonly runs: Runs } | undefined

const others = new BroadcastChannel('retable')
const running = (): boolean => opened?.runs.running() ?? false

const choose = (change: Partial<Choices>): void => {
  choices = { ...choices, ...change }
  history.replaceState(null, '', searchOf(choices))
  fillForm(choices, choose)
  void show()
}

const offers = createOffers({
  asked: () => choices.backend,
  running,
  choose: (backend) => choose({ backend }),
})
const estimate = createEstimate()

const plans = (): { readonly whole: Plan; readonly making: Plan } | undefined => {
  try {
    return plansOf(choices)
  } catch (error) {
    notice(sentenceOf(error), 'error')
    return undefined
  }
}

let showing: Promise<void> = Promise.resolve()

/** Shows the report and what is left to run, one time after another. */
const show = (): Promise<void> => {
  showing = showing.then(async () => {
    const planned = plans()
    if (!planned || !opened) return
    const { store, runs } = opened
    await showReport(at('report'), planned.whole, store, commandOf(choices))
    const { pending } = missingUnits(unitsOf(planned.making), store)
    const trains = (planned.whole.tier && unitsOf(planned.making).length > 0) ?? false
    const run = at<HTMLButtonElement>('run')
    const backend = offers.backend()
    run.disabled = runs.running() || pending.length === 0 || backend === undefined
    run.textContent = runs.paused() ? 'Resume' : 'Run'
    at<HTMLButtonElement>('pause').disabled = !runs.running()
    text(
      'left',
      !trains
        ? 'Nothing to train here: this table is counted.'
        : pending.length === 0
          ? 'Every unit has its result.'
          : `${pending.length} units to run, ${resultsOf(planned.making, store).length} have results here.`,
    )
    at<HTMLButtonElement>('export').disabled = resultsOf(planned.whole, store).length === 0
    if (backend !== undefined) estimate.show({ choices, backend }, pending, runs.running())
  })
  return showing.catch((error: unknown) => notice(sentenceOf(error), 'error'))
}

const timeIt = async (): Promise<void> => {
  const planned = plans()
  const backend = offers.backend()
  if (planned && backend !== undefined) await estimate.time({ choices, backend }, planned.making)
  await show()
}

const readFiles = async (files: readonly File[], store: PageStore): Promise<void> => {
  const first = await openFiles(files, store)
  if (!first) return
  others.postMessage('results')
  const { reproduction: table, tier, overrides, seeds } = first.settings
  choose({ table, tier: tier ?? undefined, overrides, seeds, only: undefined })
}

const wireFiles = (store: PageStore): void => {
  at('export').addEventListener('click', () => {
    const planned = plans()
    if (planned) void exportResults(planned.whole, store)
  })
  at<HTMLInputElement>('open').addEventListener('change', ({ target }) => {
    void readFiles([...((target as HTMLInputElement).files ?? [])], store)
  })
  const isFile = ({ dataTransfer }: DragEvent): boolean =>
    dataTransfer?.types.includes('Files') === true
  addEventListener('dragover', (event) => {
    if (!isFile(event)) return
    event.preventDefault()
    at('drop').hidden = false
  })
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) at('drop').hidden = true
  })
  addEventListener('drop', (event) => {
    if (!isFile(event)) return
    event.preventDefault()
    at('drop').hidden = true
    if (event.dataTransfer) {
      droppedFiles(event.dataTransfer).then(
        (files) => readFiles(files, store),
        (error: unknown) => notice(sentenceOf(error), 'error'),
      )
    }
  })
}

const wireRuns = (store: PageStore, runs: Runs): void => {
  at('form').addEventListener('submit', () => void runs.make())
  at('pause').addEventListener('click', runs.pause)
  at('time').addEventListener('click', () => void timeIt())
  at('clear').addEventListener('click', () => {
    const question = 'Remove all results and checkpoints of every table from this browser?'
    if (!runs.running() && confirm(question)) void store.clear().then(show)
  })
  // A browser ends a page's worker as soon as the page has gone, so that a checkpoint that is begun then is never done. It
  // asks the reader first while units run, and the checkpoint is written meanwhile; a telephone, which does not ask, hides
  // the page before it ends it.
  addEventListener('beforeunload', (event) => {
    if (!runs.running()) return
    runs.save()
    event.preventDefault()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) runs.save()
  })
  // A page that is kept in memory resumes when it comes back.
  addEventListener('pagehide', runs.pause)
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && runs.paused()) void runs.make()
  })
  others.addEventListener('message', () => void store.reload().then(show))
}

const begin = async (): Promise<void> => {
  wireForm(choose)
  at('form').addEventListener('submit', (event) => event.preventDefault())
  addEventListener('popstate', () => {
    choices = choicesFrom(location.search)
    fillForm(choices, choose)
    void show()
  })
  fillForm(choices, choose)
  offers.show()
  if (!('storage' in navigator) || !('locks' in navigator)) {
    notice('This page needs a secure address (https, or localhost) to keep results.', 'error')
    return
  }
  const store = await openPageStore('opfs:/retable')
  const runs = createRuns({
    store,
    toRun: () => {
      const planned = plans()
      const backend = offers.backend()
      const link = `${location.origin}${location.pathname}${searchOf({ ...choices, backend })}`
      return planned && backend !== undefined ? { ...planned, backend, link } : undefined
    },
    changed: () => {
      offers.show()
      return show()
    },
    made: () => {
      others.postMessage('results')
      return show()
    },
  })
  opened = { store, runs }
  wireFiles(store)
  wireRuns(store, runs)
  for (const sentence of store.damaged()) notice(sentence, 'error')
  const planned = plans()
  if (planned) await runs.findBegun(planned.making)
  await show()
  await offers.find()
  document.documentElement.dataset['ready'] = 'true'
  await show()
}

begin().catch((error: unknown) => notice(sentenceOf(error), 'error'))
