import { choicesFrom, commandOf, tableOf, tables, type Choices } from './choices.js'
import { at, element, text } from './dom.js'

type Choose = (change: Partial<Choices>) => void

/** Shows the choices in the form, with the tiers and overrides that the chosen table has. */
export const fillForm = (choices: Choices, choose: Choose): void => {
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

/** Lists the tables, and passes on what the reader chooses in the form. */
export const wireForm = (choose: Choose): void => {
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
}
