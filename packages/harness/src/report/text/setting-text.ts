import { optionOf } from '../../declare/option-name.js'
import type { Report, ReportSetting } from '../report.js'

/** The options that change a tier's settings so: `--steps 420`. */
export const changedOptions = ({ overridden }: Pick<Report, 'overridden'>): string =>
  overridden.map(({ name, value }) => `${optionOf(name)} ${value}`).join(' ')

/** The settings that are not the tier's own, in brackets: `--steps 420 (600), --limit 10000 (all)`. */
export const changedText = ({ overridden }: Pick<Report, 'overridden'>): string =>
  overridden
    .map((setting) => `${optionOf(setting.name)} ${setting.value} (${ownText(setting)})`)
    .join(', ')

const ownText = ({ from, zeroIsAll }: ReportSetting): string =>
  from === null ? 'unset' : from === 0 && zeroIsAll ? 'all' : String(from)

/** `Seed 11`, `Seeds 1, 2, 3`. */
export const seedsText = (seeds: readonly number[]): string =>
  `${seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds.join(', ')}`
