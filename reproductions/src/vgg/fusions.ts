import type { Unit } from '@retable/harness'
import type { VggVariant } from '@retable/models'
import { fused, testedAtScales } from './nets.js'
import type { PaperScale } from './scales.js'
import type { VggSettings } from './tiers.js'

/** How Tables 5 to 7 evaluate: densely, on crops, or the average of both. */
export type Technique = 'dense' | 'multi-crop' | 'both'

/** The nets that a row of Tables 5 to 7 fuses, each over its several test scales. */
export type Members = readonly (readonly [variant: VggVariant, scale: PaperScale])[]

/** The seven nets of the ILSVRC submission (Table 6). */
export const submission: Members = [
  ['D', '256'],
  ['D', '384'],
  ['D', '256-512'],
  ['C', '256'],
  ['C', '384'],
  ['E', '256'],
  ['E', '384'],
]

/** The two best nets (Tables 6 and 7). */
export const bestTwo: Members = [
  ['D', '256-512'],
  ['E', '256-512'],
]

const kindsOf = (technique: Technique): readonly ('dense' | 'multi-crop')[] => {
  switch (technique) {
    case 'dense':
    case 'multi-crop':
      return [technique]
    case 'both':
      return ['dense', 'multi-crop']
    default:
      return technique satisfies never
  }
}

/**
 * The fusion of nets under a technique, from posteriors stored once a (net, scale, protocol), all on the test images
 * that have crops.
 */
export const fusion = (
  label: string,
  members: Members,
  technique: Technique,
  settings: VggSettings,
  seed: number,
): Unit => {
  const tests = members.flatMap(([variant, scale]) =>
    kindsOf(technique).flatMap((kind) => testedAtScales(variant, scale, kind, settings, seed)),
  )
  return fused(label, tests, settings.cropLimit, seed, settings)
}
