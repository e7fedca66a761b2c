import type { Report } from '../report.js'
import { confusionPlots } from './confusion-plot.js'
import { curvePlots } from './curve-plots.js'
import { effectPlots } from './effect-plot.js'
import { kernelPlots } from './kernel-plot.js'
import type { Plot } from './plot.js'

/** Every drawing of a report: what the paper's figure shows first, then effects, curves, confusion, kernels. */
export const plotsOf = (report: Report): readonly Plot[] =>
  report.figure
    ? [
        ...curvePlots(report),
        ...effectPlots(report),
        ...confusionPlots(report),
        ...kernelPlots(report),
      ]
    : [
        ...effectPlots(report),
        ...kernelPlots(report),
        ...curvePlots(report),
        ...confusionPlots(report),
      ]
