import { RetableError } from '@retable/core/host'
import { defineUnit, type UnitFactory } from '../../index.js'

/** What a toy net is trained with. `error` is what the paper says it reaches. */
export type ToyConfig = {
  readonly net: string
  readonly error: number
  readonly steps: number
  /** Milliseconds per step. */
  readonly pause: number
  /** How it goes wrong: throws, gets a NaN, dies, runs out of memory. */
  readonly fault?: 'throw' | 'nan' | 'kill' | 'memory' | 'once'
  /** The data that it opens (default: `toy`); `gone` cannot be opened. */
  readonly data?: string
}

/** Where toy units run: in Node, or in the worker of a page. */
export interface ToyPlace {
  /** A file's text; undefined if it is not there. */
  readonly read: (path: string) => Promise<string | undefined>
  readonly write: (path: string, text: string) => Promise<void>
  /** Notes a beginning or an end. */
  readonly log: (line: string) => void
  /** Waits as long as a test holds the units at a step. */
  readonly held: (step: number, signal: AbortSignal) => Promise<void>
  /** Ends the process, which only some places can. */
  readonly die: (how: 'kill' | 'memory') => void
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The toy units over the files of a place. */
export const toyUnits = ({
  read,
  write,
  log,
  held,
  die,
}: ToyPlace): {
  readonly trainToy: UnitFactory<ToyConfig>
  readonly evaluateToy: UnitFactory<{ readonly views: number }>
} => ({
  // "Trains" by adding draws up, step by step, with a checkpoint after each step, so that an interrupted run and an
  // uninterrupted one can be compared.
  trainToy: defineUnit<ToyConfig>({
    kind: 'train-toy',
    version: 1,
    run: async ({ config, seed, random, workDir, signal, progress, artifact, data, threads }) => {
      log(`begin ${config.net} ${seed} threads=${threads}`)
      await data({ name: config.data ?? 'toy' })
      const checkpoint = `${workDir}/checkpoint.json`
      const found = await read(checkpoint)
      let { step, sum } =
        found === undefined
          ? { step: 0, sum: 0 }
          : (JSON.parse(found) as { step: number; sum: number })
      if (step > 0) log(`resume ${config.net} ${seed} at ${step}`)
      const curve = []
      for (let i = 0; i < step; i++)
        curve.push({ step: i, loss: drawAt(random.stream(config.net), i) })
      for (; step < config.steps;) {
        await held(step, signal)
        const draw = drawAt(random.stream(config.net), step)
        sum += draw
        curve.push({ step, loss: draw })
        step++
        await write(checkpoint, JSON.stringify({ step, sum }))
        progress({ step, steps: config.steps, loss: draw, imagesPerSecond: 100 })
        if (config.pause > 0) await sleep(config.pause)
        if (signal.aborted) throw new RetableError('interrupted', 'stopped between steps')
        if (step >= Math.ceil(config.steps / 2)) await breakDown(config, workDir)
      }
      const weights = artifact('weights.txt')
      await write(weights, `${config.net} ${seed} ${sum}`)
      log(`end ${config.net} ${seed}`)
      const top1 = config.fault === 'nan' ? NaN : config.error + sum / config.steps
      return { metrics: { top1, top5: top1 / 3 }, curve, artifacts: { weights } }

      async function breakDown({ net, fault }: ToyConfig, dir: string): Promise<void> {
        if (fault === 'throw') throw new Error(`net ${net} broke down`)
        if (fault === 'kill' || fault === 'memory') die(fault)
        if (fault === 'once' && (await read(`${dir}/broke`)) === undefined) {
          await write(`${dir}/broke`, '')
          throw new Error(`net ${net} broke down once`)
        }
      }
    },
  }),
  // Reads the weights of a toy net and takes the views off its error.
  evaluateToy: defineUnit<{ readonly views: number }>({
    kind: 'evaluate-toy',
    version: 1,
    run: async ({ config, needs }) => {
      log(`evaluate ${await read(needs['net']!.artifacts['weights']!)}`)
      const { top1, top5 } = needs['net']!.metrics
      return { metrics: { top1: top1! - config.views, top5: top5! - config.views } }
    },
  }),
})

const drawAt = (
  random: { stream(...path: (string | number)[]): { normal(): number } },
  step: number,
) => random.stream('step', step).normal()
