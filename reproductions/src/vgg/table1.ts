import { defineReproduction } from '@retable/harness'
import type { Cell, Reproduction } from '@retable/harness'
import type { VggVariant } from '@retable/models'
import { countVggStage } from '../units/count-vgg.js'
import { vggColumns, vggPaper } from './source.js'

type Stage = { readonly conv3: number; readonly conv1: number; readonly width: number }
type StageCell = { readonly variant: VggVariant; readonly stage: number | null }
type Metric = 'conv3' | 'conv1' | 'width' | 'weightLayers'

const conv3 = (layers: number, width: number): Stage => ({ conv3: layers, conv1: 0, width })
const conv3And1 = (layers: number, width: number): Stage => ({ conv3: layers, conv1: 1, width })

/** Table 1, a list of five stages a column: how many 3×3 and 1×1 convolutions, and how wide. */
const columns = {
  A: [conv3(1, 64), conv3(1, 128), conv3(2, 256), conv3(2, 512), conv3(2, 512)],
  'A-LRN': [conv3(1, 64), conv3(1, 128), conv3(2, 256), conv3(2, 512), conv3(2, 512)],
  B: [conv3(2, 64), conv3(2, 128), conv3(2, 256), conv3(2, 512), conv3(2, 512)],
  C: [conv3(2, 64), conv3(2, 128), conv3And1(2, 256), conv3And1(2, 512), conv3And1(2, 512)],
  D: [conv3(2, 64), conv3(2, 128), conv3(3, 256), conv3(3, 512), conv3(3, 512)],
  E: [conv3(2, 64), conv3(2, 128), conv3(4, 256), conv3(4, 512), conv3(4, 512)],
} as const satisfies Record<string, readonly Stage[]>

const weightLayers = { A: 11, 'A-LRN': 11, B: 13, C: 16, D: 16, E: 19 } as const

const stageMetrics = ['conv3', 'conv1', 'width'] as const

const stageCells: readonly Cell<StageCell, Metric>[] = vggColumns.flatMap((variant) =>
  columns[variant].map((paper, i) => ({
    id: `${variant}-stage${i + 1}`,
    row: `stage ${i + 1}`,
    column: variant,
    paper,
    config: { variant, stage: i + 1 },
  })),
)

const totalCells: readonly Cell<StageCell, Metric>[] = vggColumns.map((variant) => ({
  id: `${variant}-total`,
  row: 'weight layers',
  column: variant,
  paper: { weightLayers: weightLayers[variant] },
  config: { variant, stage: null },
}))

/** VGG's Table 1: the configurations, counted stage by stage from the nets that `vgg` builds. */
export const vggTable1: Reproduction = defineReproduction({
  id: 'vgg-table1',
  version: 1,
  title: 'ConvNet configurations: convolutions and width of each stage',
  source: { ...vggPaper, table: 'Table 1', section: '2.2' },
  protocol: {
    input: { value: '224×224 RGB', cite: 'Table 1' },
    pooling: { value: '2×2, stride 2, after each stage', cite: '§2.1' },
    fullyConnected: { value: '4096, 4096, 1000', cite: 'Table 1' },
  },
  metrics: [
    { id: 'conv3', name: '3×3 convolutions', unit: '', better: 'equal', digits: 0 },
    { id: 'conv1', name: '1×1 convolutions', unit: '', better: 'equal', digits: 0 },
    { id: 'width', name: 'width', unit: 'channels', better: 'equal', digits: 0 },
    { id: 'weightLayers', name: 'weight layers', unit: '', better: 'equal', digits: 0 },
  ],
  rowHeads: [''],
  cells: [...stageCells, ...totalCells],
  claims: vggColumns.map((variant) => ({
    id: `configuration-${variant}`,
    text: `${variant} has the stages of Table 1 and ${weightLayers[variant]} weight layers`,
    cite: 'Table 1',
    test: 'all',
    of: [
      ...columns[variant].flatMap((paper, i) =>
        stageMetrics.map((metric) => ({
          test: 'equal' as const,
          metric,
          cell: `${variant}-stage${i + 1}`,
          value: paper[metric],
        })),
      ),
      {
        test: 'equal' as const,
        metric: 'weightLayers' as const,
        cell: `${variant}-total`,
        value: weightLayers[variant],
      },
    ],
  })),
  deviations: [],
  plan: ({ config }) => countVggStage({ config, label: config.variant }),
})
