import { access } from 'node:fs/promises'
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { unknownName } from '@retable/core'
import { explainFileError } from '@retable/core/node'
import { imagenet } from '@retable/datasets/node'
import { dataDefault, dataFolder, wholeNumber } from '@retable/harness/node'
import { weightsFormat } from '@retable/models/node'
import { terminalProgress } from '@retable/training/node'
import { evaluateWeights } from './evaluate-weights.js'
import type { Measured, WeightsEvaluation } from './evaluate-weights.js'
import { cropSide, pixelNames, protocolNames } from './preparation.js'
import type { EvalProtocol, PixelsAs } from './preparation.js'
import { netNamed, torchvisionNets } from './published.js'

/** How the command loads a backend: the one of `createCommand`. */
export type UseBackend = (
  name: string,
  options: { readonly threads?: number | undefined },
) => Promise<{ readonly name: string; readonly why?: string }>

interface Words {
  readonly weights: string
  readonly data?: string
  readonly split: 'train' | 'val'
  readonly protocol: string
  readonly pixels?: string
  readonly scale: readonly number[]
  readonly batchSize?: number
  readonly limit?: number
  readonly backend: string
  readonly threads?: number
  readonly json?: boolean
}

/** One shorter side or several: `256,384,512`. The nets see squares of {@link cropSide}, and none fits into less. */
const scaleList = (text: string): readonly number[] => {
  const scales = text.split(',').map(wholeNumber(cropSide))
  if (new Set(scales).size === scales.length) return scales
  throw new InvalidArgumentError(`expected each scale once, got "${text}".`)
}

/** Adds `eval`: an ImageNet validation run from published weights. */
export const addEvalCommand = (program: Command, useBackend: UseBackend): void => {
  program
    .command('eval <model>')
    .summary('published weights on ImageNet')
    .description(
      `Tests published weights on ImageNet's validation images. Models: ${Object.keys(torchvisionNets).join(', ')}, or names such as vgg-D.`,
    )
    .requiredOption(
      '--weights <file>',
      '.safetensors (PyTorch state_dict or our own), or Keras .h5',
    )
    .option('--data <dir>', `folder that holds ImageNet ${dataDefault}`)
    .option('--split <split>', 'val or train', 'val')
    .option('--protocol <name>', protocolNames.join(', '), 'center')
    .option(
      '--pixels <name>',
      `${pixelNames.join(' or ')} (default: caffe for .h5, else torchvision)`,
    ) // prettier-ignore
    .addOption(
      new Option(
        '--scale <Q,…>',
        'shorter side of the rescaled image; posteriors at several are averaged',
      )
        .argParser(scaleList)
        .default([256], '256'),
    )
    .option(
      '--batch-size <n>',
      'images per batch (default: 32, fewer if each is seen often)',
      wholeNumber(1),
    )
    .option(
      '--limit <n>',
      'test only N images: the first, or equally many of each class if they are sorted by class',
      wholeNumber(1),
    )
    .option('--backend <name>', 'backend', 'auto')
    .option('--threads <n>', "the backend's threads", wholeNumber(1))
    .option('--json', 'the result as JSON on standard output')
    .action(async (model: string, words: Words) => {
      const { protocol, limit, json = false } = words
      if (!protocolNames.includes(protocol as EvalProtocol)) {
        throw unknownName('protocol', protocol, protocolNames)
      }
      if (words.pixels !== undefined && !pixelNames.includes(words.pixels as PixelsAs)) {
        throw unknownName('pixels', words.pixels, pixelNames)
      }
      // Before the images, whose first reading takes minutes.
      netNamed(model)
      await access(words.weights).catch((error: unknown) => {
        throw explainFileError(error, 'read', words.weights)
      })
      const isKeras = (await weightsFormat(words.weights)) === 'hdf5'
      const pixels = words.pixels ?? (isKeras ? 'caffe' : 'torchvision')
      const dir = dataFolder(words.data)
      const progress = terminalProgress({ label: model })
      try {
        const dataset = await imagenet({ dir, split: words.split, broken: 'skip' })
        for (const { path, reason } of dataset.broken) {
          progress.log(`left out, as it cannot be decoded: ${path} (${reason})`)
        }
        const backend = await useBackend(words.backend, { threads: words.threads })
        const found = await evaluateWeights({
          model,
          weights: words.weights,
          dataset,
          protocol: protocol as EvalProtocol,
          pixels: pixels as PixelsAs,
          scales: words.scale,
          batchSize: words.batchSize,
          limit: limit ?? null,
          onProgress: progress.onProgress,
        })
        progress.close()
        const { prediction: _, ...result } = found
        const broken = dataset.broken.length
        process.stdout.write(
          json
            ? `${JSON.stringify({ ...result, broken, backend: backend.name }, null, 2)}\n`
            : inWords(found, backend.name),
        )
      } finally {
        progress.close()
      }
    })
}

const measured = ({ value, interval }: Measured, digits: number, unit = ''): string =>
  `${value.toFixed(digits)}${unit}` +
  (interval ? ` (95%: ${interval.map((end) => end.toFixed(digits)).join(' to ')}${unit})` : '')

/** ImageNet's validation images, all of them. */
const ALL = 50_000

const inWords = (found: WeightsEvaluation, backend: string): string => {
  const { published, data } = found
  const same =
    data.images === ALL && found.protocol === 'center' && found.scales.join() === '256' && found.pixels === 'torchvision' // prettier-ignore
  const beside =
    published === null
      ? []
      : [
          `published        top-1 error ${(100 - published.top1).toFixed(3)}%, top-5 ${(100 - published.top5).toFixed(3)}% (accuracy ${published.top1}, ${published.top5}; ${published.source})`, // prettier-ignore
          same
            ? `difference       top-1 ${(found.top1Error.value - 100 + published.top1).toFixed(3)}, top-5 ${(found.top5Error.value - 100 + published.top5).toFixed(3)}`
            : 'difference       not comparable: not the same images, protocol, scale or pixels',
        ]
  return [
    `${found.model} (${found.net}) from ${found.weights.file}, ${backend}`,
    `${data.images} images of ${data.name}, fingerprint ${data.fingerprint.slice(0, 12)}; ${found.protocol} at ${found.scales.join(', ')}, pixels as ${found.pixels}`, // prettier-ignore
    `top-1 error      ${measured(found.top1Error, 3, '%')}`,
    `top-5 error      ${measured(found.top5Error, 3, '%')}`,
    `loss             ${measured(found.loss, 4)}`,
    ...beside,
    '',
  ].join('\n')
}
