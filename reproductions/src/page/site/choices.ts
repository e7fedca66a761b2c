import {
  kebab,
  onlyCells,
  overrideWords,
  planReproduction,
  type Plan,
  type Reproduction,
} from '@retable/harness'
import { reproductions } from '../../reproductions.js'

/** All that is chosen on the page; a link holds it. */
export interface Choices {
  readonly table: string
  readonly tier: string | undefined
  readonly seeds: readonly number[] | undefined
  readonly only: readonly string[] | undefined
  readonly overrides: Readonly<Record<string, number>>
  readonly backend: string | undefined
}

/** Tables that train something, and so have tiers. */
export const tables: readonly Reproduction[] = reproductions

const listIn = (text: string | null): readonly string[] | undefined => {
  const words = text?.split(',').map((word) => word.trim()) ?? []
  return words.some(Boolean) ? words.filter(Boolean) : undefined
}

/** Reads the choices that a link holds; what it does not know, it leaves out. */
export const choicesFrom = (search: string): Choices => {
  const asked = new URLSearchParams(search)
  const table = reproductions.find(({ id }) => id === asked.get('table')) ?? defaultTable
  const tier = table.tiers?.find(({ name }) => name === asked.get('tier'))?.name
  const seeds = listIn(asked.get('seeds'))?.map(Number).filter(Number.isSafeInteger)
  const overrides: Record<string, number> = {}
  for (const name of Object.keys(table.overrides ?? {})) {
    const value = asked.get(kebab(name))
    if (value !== null && value !== '' && Number.isFinite(Number(value))) {
      overrides[name] = Number(value)
    }
  }
  return {
    table: table.id,
    tier,
    seeds: seeds?.length ? seeds : undefined,
    only: listIn(asked.get('only')),
    overrides,
    backend: asked.get('backend') ?? undefined,
  }
}

const defaultTable = reproductions.find(({ id }) => id === 'vgg-table3')!

/** The link's part after `?`, which {@link choicesFrom} reads. */
export const searchOf = ({ table, tier, seeds, only, overrides, backend }: Choices): string => {
  const words = new URLSearchParams({ table })
  if (tier !== undefined) words.set('tier', tier)
  if (seeds) words.set('seeds', seeds.join(','))
  if (only) words.set('only', only.join(','))
  for (const [name, value] of Object.entries(overrides)) words.set(kebab(name), String(value))
  if (backend !== undefined) words.set('backend', backend)
  return `?${words.toString().replaceAll('%2C', ',')}`
}

/** The table that is chosen. */
export const tableOf = ({ table }: Choices): Reproduction =>
  reproductions.find(({ id }) => id === table)!

/** The whole plan, and the part of it that is to run. Throws RetableError for cells that are not there. */
export const plansOf = (choices: Choices): { readonly whole: Plan; readonly making: Plan } => {
  const { tier, seeds, overrides, only } = choices
  const whole = planReproduction(tableOf(choices), { tier, seeds, overrides })
  return { whole, making: onlyCells(whole, only) }
}

/** The words of the command that does the same in Node. */
export const commandOf = ({ table, tier, seeds, only, overrides }: Choices): string =>
  [
    `retable run ${table}`,
    ...(tier === undefined ? [] : [`--tier ${tier}`]),
    ...(seeds ? [`--seeds ${seeds.join(',')}`] : []),
    ...(only ? [`--only ${only.join(',')}`] : []),
    ...overrideWords(overrides),
  ].join(' ')
