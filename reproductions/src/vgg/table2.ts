import { defineReproduction } from '@retable/harness'
import type { Reproduction } from '@retable/harness'
import { countVgg } from '../units/count-vgg.js'
import { vggColumns, vggPaper } from './source.js'

const millions = { A: 133, 'A-LRN': 133, B: 133, C: 134, D: 138, E: 144 } as const

/** VGG's Table 2: the number of parameters of each configuration, counted from the nets themselves. */
export const vggTable2: Reproduction = defineReproduction({
  id: 'vgg-table2',
  version: 1,
  title: 'Number of parameters (in millions)',
  source: { ...vggPaper, table: 'Table 2', section: '2.2' },
  protocol: {
    input: { value: '224×224 RGB', cite: '§2.1' },
    classes: { value: 1000, cite: 'Table 1' },
  },
  metrics: [
    { id: 'millions', name: 'parameters', unit: 'millions', better: 'equal', digits: 0 },
    { id: 'parameters', name: 'parameters, exact', unit: '', better: 'equal', digits: 0 },
  ],
  rowHeads: ['network'],
  cells: vggColumns.map((variant) => ({
    id: variant,
    row: variant,
    paper: { millions: millions[variant] },
    config: { variant },
  })),
  claims: vggColumns.map((variant) => ({
    id: `parameters-${variant}`,
    text: `${variant} has ${millions[variant]} million parameters`,
    cite: 'Table 2',
    test: 'equal',
    metric: 'millions',
    cell: variant,
    value: millions[variant],
    digits: 0,
  })),
  deviations: [],
  plan: ({ config }) => countVgg({ config, label: config.variant }),
})
