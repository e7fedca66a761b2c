import { formatDuration, isRetableError } from '@retable/core/host'
import { missingUnits, settingsOf, unitKey, unitsOf } from '@retable/harness'
import type { CurvePoint, Plan, StoredResult, Unit } from '@retable/harness'
import {
  createPageRunner,
  exportArchive,
  importArchive,
  openPageStore,
  type PageRunner,
  type PageStore,
} from '@retable/harness/page'
import {
  adapterText,
  canTrain,
  isSoftware,
  offerOf,
  pageBackends,
  secondsPerCost,
  sentenceOf,
  startWorker,
  type Offer,
} from './backends.js'
import { choicesFrom, commandOf, plansOf, searchOf, tableOf, tables } from './choices.js'
import type { Choices } from './choices.js'
import { dataSource, isCifarArchive, keepCifarArchive } from './cifar-archive.js'
import { drawCurve } from './live-curve.js'
import { showReport } from './report-view.js'

/** Versions of the packages that decide results; written in when the page is bundled. */
declare const retablePackages: Readonly<Record<string, string>>

const at = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const text = (id: string, words: string): void => {
  at(id).textContent = words
}
const element = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

let choices: Choices = choicesFrom(location.search)
const offers = new Map<string, Offer>()
/** Seconds per unit of cost, by table, tier, settings and backend. */
const speeds = new Map<string, number>()
let running: AbortController | undefined
let paused = false

const others = new BroadcastChannel('retable')

// What is said to the reader

const notice = (words: string, kind: 'note' | 'error' = 'note', ...more: Node[]): void => {
  const box = at('notice')
  box.hidden = false
  box.className = kind === 'error' ? 'panel notice error' : 'panel notice'
  box.replaceChildren(element('p', {}, words), ...more)
}
const noNotice = (): void => {
  at('notice').hidden = true
}

// The choices, the link and the form

const fill = (): void => {
  const table = tableOf(choices)
  at<HTMLSelectElement>('table').value = choices.table
  const tier = at<HTMLSelectElement>('tier')
  const tiers = table.tiers ?? []
  tier.replaceChildren(
    ...tiers.map(({ name }) => element('option', { value: name, textContent: name })),
  )
  tier.disabled = tiers.length === 0
  const chosen = tiers.find(({ name }) => name === choices.tier) ?? tiers[0]
  tier.value = chosen?.name ?? ''
  text('tier-text', chosen?.describe ?? 'Counts: the same at every scale, and made at once.')
  at<HTMLInputElement>('seeds').value = choices.seeds?.join(',') ?? ''
  at<HTMLInputElement>('seeds').placeholder = chosen?.seeds.join(',') ?? ''
  at<HTMLInputElement>('only').value = choices.only?.join(',') ?? ''
  at('overrides').replaceChildren(
    ...Object.entries(table.overrides ?? {}).flatMap(([name, override]) => {
      if (!override) return []
      const input = element('input', {
        value: choices.overrides[name] === undefined ? '' : String(choices.overrides[name]),
        placeholder: JSON.stringify(chosen?.settings[name] ?? null).replace('null', ''),
        inputMode: 'decimal',
        autocomplete: 'off',
      })
      input.addEventListener('change', () => {
        const { [name]: _, ...rest } = choices.overrides
        const value = Number(input.value)
        const overrides =
          input.value.trim() === '' || !Number.isFinite(value) ? rest : { ...rest, [name]: value }
        choose({ overrides })
      })
      return [element('label', { className: 'field' }, override.help, input)]
    }),
  )
  const set = choices.seeds ?? choices.only ?? Object.keys(choices.overrides)[0]
  if (set !== undefined) at<HTMLDetailsElement>('more').open = true
  text('command', commandOf(choices))
}

const choose = (change: Partial<Choices>): void => {
  choices = { ...choices, ...change }
  history.replaceState(null, '', searchOf(choices))
  fill()
  void show()
}

const plans = (): { readonly whole: Plan; readonly making: Plan } | undefined => {
  try {
    return plansOf(choices)
  } catch (error) {
    notice(sentenceOf(error), 'error')
    return undefined
  }
}

// The report

let store: PageStore
let showing: Promise<void> = Promise.resolve()

const show = (): Promise<void> => {
  showing = showing.then(async () => {
    const planned = plans()
    if (!planned) return
    await showReport(at('report'), planned.whole, store, commandOf(choices))
    const { pending } = missingUnits(unitsOf(planned.making), store)
    const trains = (planned.whole.tier && unitsOf(planned.making).length > 0) ?? false
    const run = at<HTMLButtonElement>('run')
    run.disabled = running !== undefined || pending.length === 0
    run.textContent = paused ? 'Resume' : 'Run'
    const pause = at<HTMLButtonElement>('pause')
    pause.disabled = running === undefined
    text(
      'left',
      !trains
        ? 'Nothing to train here: this table is counted.'
        : pending.length === 0
          ? 'Every unit has its result.'
          : `${pending.length} units to run, ${results(planned.making).length} have results here.`,
    )
    at<HTMLButtonElement>('export').disabled = results(planned.whole).length === 0
    showEstimate(pending)
  })
  return showing.catch((error: unknown) => notice(sentenceOf(error), 'error'))
}

/** The results behind a plan that are here, those of needed units too. */
const results = (plan: Plan): readonly StoredResult[] => {
  const kept = store.snapshot()
  const found = new Map<string, StoredResult>()
  const visit = (unit: Unit): void => {
    const result = unit.definition.exact ? undefined : kept.find(unitKey(unit))?.result
    if (result) found.set(result.key, result)
    Object.values(unit.needs).forEach(visit)
  }
  unitsOf(plan).forEach(visit)
  return [...found.values()]
}

// The backends

const backend = (): string => {
  const asked = choices.backend
  if (asked !== undefined && offers.get(asked)?.ok) return asked
  const usable = pageBackends.filter((name) =>
    canTrain(offers.get(name) ?? { name, ok: false, reason: '' }),
  )
  return usable.find((name) => !isSoftware(offers.get(name)!)) ?? 'wasm'
}

const showOffers = (): void => {
  at('offers').replaceChildren(
    ...pageBackends.map((name) => {
      const offer = offers.get(name)
      const input = element('input', {
        type: 'radio',
        name: 'backend',
        value: name,
        checked: offers.size === pageBackends.length && backend() === name,
        disabled: !offer || !canTrain(offer) || running !== undefined,
      })
      input.addEventListener('change', () => choose({ backend: name }))
      const title = element('span', {}, element('strong', {}, name))
      const flags = [
        ...(offer && isSoftware(offer) ? ['software: slow'] : []),
        ...(offer?.ok && !canTrain(offer) ? ['16-bit: cannot train'] : []),
        ...(offer && !offer.ok ? ['not here'] : []),
      ]
      for (const flag of flags) title.append(element('span', { className: 'flag' }, flag))
      const about = element('small', {}, offer ? adapterText(offer) : 'looking …')
      return element('label', { className: 'offer' }, input, title, about)
    }),
  )
}

const speedName = (): string => searchOf({ ...choices, backend: backend(), seeds: undefined })

const showEstimate = (pending: readonly Unit[]): void => {
  const speed = speeds.get(speedName())
  const cost = pending.reduce((sum, unit) => sum + unit.cost, 0)
  at<HTMLButtonElement>('time').disabled = running !== undefined || pending.length === 0
  text(
    'estimate',
    pending.length === 0
      ? ''
      : speed === undefined
        ? 'two seconds of training tell how long it takes'
        : `about ${formatDuration(speed * cost)} on ${backend()}`,
  )
}

const timeIt = async (): Promise<void> => {
  const planned = plans()
  if (!planned) return
  at<HTMLButtonElement>('time').disabled = true
  text('estimate', `training for two seconds on ${backend()} …`)
  try {
    const speed = await secondsPerCost(planned.making, backend())
    if (speed !== undefined) speeds.set(speedName(), speed)
  } catch (error) {
    notice(sentenceOf(error), 'error')
  }
  await show()
}

// Runs

const runner = (): PageRunner =>
  createPageRunner({ store, startWorker, dataSource, packages: retablePackages })

const follow = (unit: Unit, done: number, all: number) => {
  const points: CurvePoint[] = []
  at('work').hidden = false
  at('work').scrollIntoView({ block: 'nearest' })
  text('unit', unit.seed === null ? unit.label : `${unit.label}, seed ${unit.seed}`)
  text('count', `unit ${done + 1} of ${all}`)
  text('step', 'starting …')
  text('log', '')
  at('curve').replaceChildren()
  let most = 1
  return {
    progress: ({
      step,
      steps,
      phase,
      loss,
      imagesPerSecond,
    }: {
      step: number
      steps: number
      phase?: string
      loss?: number
      imagesPerSecond?: number
    }) => {
      const bar = at<HTMLProgressElement>('bar')
      bar.max = steps
      bar.value = step
      most = steps
      const words = [
        `${phase ?? 'training'}: ${step} of ${steps}`,
        ...(loss === undefined ? [] : [`loss ${loss.toPrecision(4)}`]),
        ...(imagesPerSecond === undefined ? [] : [`${imagesPerSecond.toPrecision(3)} images/s`]),
      ]
      text('step', words.join(', '))
    },
    point: (point: CurvePoint) => {
      points.push(point)
      drawCurve(at('curve'), points, most)
    },
    log: (line: string) => text('log', line),
  }
}

const makeAll = async (force = false): Promise<void> => {
  const planned = plans()
  if (!planned || running) return
  const controller = new AbortController()
  running = controller
  paused = false
  noNotice()
  showOffers()
  await show()
  // The browser may say no: then results last until it needs the room.
  void navigator.storage.persist?.()
  const worker = runner()
  const units = unitsOf(planned.making)
  const name = backend()
  const all = missingUnits(units, store).pending.length
  try {
    for (let done = 0; !controller.signal.aborted; done++) {
      const { pending } = missingUnits(units, store)
      const unit = pending[0]
      if (!unit) break
      const lock = `retable/${unitKey(unit)}`
      const locks = await navigator.locks.query()
      if (locks.held?.some((held) => held.name === lock)) {
        text('step', '')
        notice(`Another tab is at work on “${unit.label}”; this one waits for it.`)
      }
      // The holder of the lock runs the unit; afterwards it is looked up again.
      await navigator.locks.request(lock, { signal: controller.signal }, async () => {
        await store.reload()
        if (missingUnits(units, store).pending[0] !== unit) return
        noNotice()
        await worker.run({
          unit,
          backend: { name },
          settings: settingsOf(planned.whole),
          listener: follow(unit, done, all),
          signal: controller.signal,
          force,
          link: `${location.origin}${location.pathname}${searchOf({ ...choices, backend: name })}`,
        })
      })
      others.postMessage('results')
      await show()
    }
    if (!controller.signal.aborted)
      notice('Done. The table below is made of the results in this browser.')
  } catch (error) {
    if (controller.signal.aborted) {
      paused = true
      notice(
        'Paused; its checkpoint is in this browser. Resume it here at any time, to the same bits.',
      )
    } else if (isRetableError(error) && error.code === 'mismatch') offerToForce(error.message)
    else notice(sentenceOf(error), 'error')
  } finally {
    worker.end()
    running = undefined
    at('work').hidden = true
    showOffers()
    await show()
  }
}

/** What to do about a checkpoint of another browser version or backend. */
const offerToForce = (words: string): void => {
  const resume = element('button', { type: 'button' }, 'Resume it all the same')
  resume.addEventListener('click', () => void makeAll(true))
  const again = element('button', { type: 'button' }, 'Start it again')
  again.addEventListener('click', () => {
    const planned = plans()
    const unit = planned && missingUnits(unitsOf(planned.making), store).pending[0]
    if (unit) void store.forget(unitKey(unit)).then(() => makeAll())
  })
  notice(`${words}.`, 'error', element('div', { className: 'row' }, resume, again))
}

const pause = (): void => {
  if (!running) return
  text('step', 'finishing the step and writing a checkpoint …')
  running.abort(new Error('pause'))
}

// Files

const exportResults = async (): Promise<void> => {
  const planned = plans()
  if (!planned) return
  const parts = await exportArchive(results(planned.whole), store)
  const url = URL.createObjectURL(new Blob([...parts], { type: 'application/jsonl' }))
  const tier = planned.whole.tier
  const link = element('a', {
    href: url,
    download: `${choices.table}${tier ? `.${tier.name}` : ''}.jsonl`,
  })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

const openFile = async (file: File): Promise<void> => {
  try {
    if (await isCifarArchive(file)) {
      notice(`Reading ${file.name} …`)
      notice(await keepCifarArchive(file))
      return
    }
    const {
      results: read,
      added,
      artifacts,
    } = await importArchive(file.name, await file.text(), store)
    others.postMessage('results')
    const first = read[0]
    notice(
      `${file.name}: ${read.length} results, ${added} of them new here, and ${artifacts} artifacts.`,
    )
    if (first) {
      const { reproduction: table, tier, overrides, seeds } = first.settings
      choose({ table, tier: tier ?? undefined, overrides, seeds, only: undefined })
    }
  } catch (error) {
    notice(sentenceOf(error), 'error')
  }
}

// Wiring

const wire = (): void => {
  const papers = [...new Set(tables.map(({ source }) => source.paper))]
  at<HTMLSelectElement>('table').replaceChildren(
    ...papers.map((paper) =>
      element(
        'optgroup',
        { label: paper },
        ...tables
          .filter(({ source }) => source.paper === paper)
          .map(({ id, title, source }) =>
            element('option', { value: id, textContent: `${source.table}: ${title}`, title: id }),
          ),
      ),
    ),
  )
  at('table').addEventListener('change', ({ target }) =>
    choose({
      table: (target as HTMLSelectElement).value,
      ...{ tier: undefined, seeds: undefined, only: undefined, overrides: {} },
    }),
  )
  at('tier').addEventListener('change', ({ target }) =>
    choose({ tier: (target as HTMLSelectElement).value, overrides: {} }),
  )
  for (const id of ['seeds', 'only'] as const) {
    at(id).addEventListener('change', ({ target }) => {
      const asked = choicesFrom(`?${id}=${encodeURIComponent((target as HTMLInputElement).value)}`)
      choose(id === 'seeds' ? { seeds: asked.seeds } : { only: asked.only })
    })
  }
  at('form').addEventListener('submit', (event) => {
    event.preventDefault()
    void makeAll()
  })
  at('pause').addEventListener('click', pause)
  at('time').addEventListener('click', () => void timeIt())
  at('export').addEventListener('click', () => void exportResults())
  at<HTMLInputElement>('open').addEventListener('change', ({ target }) => {
    const [file] = (target as HTMLInputElement).files ?? []
    if (file) void openFile(file)
  })
  at('clear').addEventListener('click', () => {
    if (running || !confirm('Remove all results and checkpoints of every table from this browser?'))
      return
    void store.clear().then(show)
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
    const file = event.dataTransfer?.files[0]
    if (file) void openFile(file)
  })
  // A page that is left writes a checkpoint if the browser lets it; one that comes back resumes.
  addEventListener('pagehide', () => running?.abort(new Error('the page was left')))
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && paused) void makeAll()
  })
  addEventListener('popstate', () => {
    choices = choicesFrom(location.search)
    fill()
    void show()
  })
  others.addEventListener('message', () => void store.reload().then(show))
}

const begin = async (): Promise<void> => {
  wire()
  fill()
  showOffers()
  if (!('storage' in navigator) || !('locks' in navigator)) {
    notice('This page needs a secure address (https, or localhost) to keep results.', 'error')
    return
  }
  store = await openPageStore('opfs:/retable')
  for (const sentence of store.damaged()) notice(sentence, 'error')
  const planned = plans()
  if (planned) paused = await store.isBegun(missingUnits(unitsOf(planned.making), store).pending)
  await show()
  for (const name of pageBackends) {
    offers.set(name, await offerOf(name))
    showOffers()
  }
  document.documentElement.dataset['ready'] = 'true'
  await show()
}

begin().catch((error: unknown) => notice(sentenceOf(error), 'error'))
