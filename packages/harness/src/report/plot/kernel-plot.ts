import { encode } from 'fast-png'
import { s } from 'hastscript'
import type { ReportKernels } from '../figures.js'
import type { Report } from '../report.js'
import { px, titleHeight, type Panel, type Plot } from './plot.js'

/** The first layers' kernels of a report as images, one panel per net. */
export const kernelPlots = ({ kernels }: Report): readonly Plot[] =>
  kernels.length === 0
    ? []
    : [
        {
          name: 'kernels',
          title: 'Kernels of the first layer',
          caption:
            'Each kernel is drawn by itself: mid-gray is zero, its largest weight by magnitude is full scale. ' +
            'A gap divides the towers. One seed is shown.',
          legend: [],
          panels: kernels.map(panel),
        },
      ]

const panel = (kernels: ReportKernels): Panel => {
  const image = kernelImage(kernels)
  const scale = Math.max(1, Math.min(6, Math.floor(620 / image.width)))
  const [width, height] = [image.width * scale, image.height * scale]
  const top = titleHeight + 4
  const { label, seed, shape, towers } = kernels
  const [rows, columns, channels, filters] = shape
  return {
    title: `${label}${seed === null ? '' : `, seed ${seed}`}`,
    description:
      `${label}: ${filters} kernels of ${rows} by ${columns} over ${channels} channels` +
      `${towers > 1 ? `, in ${towers} towers from top to bottom` : ''}.`,
    width: Math.max(width + 8, 160),
    height: top + height + 4,
    content: [
      s('image', {
        x: 4,
        y: px(top),
        width,
        height,
        href: `data:image/png;base64,${base64(image.png)}`,
        style: 'image-rendering: pixelated',
      }),
    ],
  }
}

/** An image of kernels, one pixel per weight. */
export interface KernelImage {
  readonly width: number
  readonly height: number
  readonly png: Uint8Array
}

/**
 * Kernels in rows of sixteen (of fewer, if there are fewer), tower under tower, a transparent pixel between two
 * and three between towers. Kernels of three channels are in color; of others each channel is drawn by itself, in
 * gray. A weight w is drawn as 127.5 (1 + w / max |w|), the maximum over its kernel.
 */
export const kernelImage = ({ shape, values, towers }: ReportKernels): KernelImage => {
  const [rows, columns, channels, filters] = shape
  const color = channels === 3
  const planes = color ? 1 : channels
  const perTower = (filters / towers) * planes
  const across = Math.min(16, perTower)
  const down = Math.ceil(perTower / across)
  const towerHeight = down * (rows + 1) + 2
  const width = across * (columns + 1) - 1
  const height = towers * towerHeight - 3
  const data = new Uint8Array(width * height * 4)
  for (let filter = 0; filter < filters; filter++) {
    const weight = (row: number, column: number, channel: number) =>
      values[((row * columns + column) * channels + channel) * filters + filter]!
    let most = 0
    for (let i = filter; i < values.length; i += filters)
      most = Math.max(most, Math.abs(values[i]!))
    const level = (value: number) => Math.round(127.5 * (1 + (most === 0 ? 0 : value / most)))
    const tower = Math.floor((filter * towers) / filters)
    for (let plane = 0; plane < planes; plane++) {
      const place = (filter - (tower * filters) / towers) * planes + plane
      const left = (place % across) * (columns + 1)
      const top = tower * towerHeight + Math.floor(place / across) * (rows + 1)
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const at = ((top + row) * width + left + column) * 4
          for (let c = 0; c < 3; c++) {
            data[at + c] = level(weight(row, column, color ? c : plane))
          }
          data[at + 3] = 255
        }
      }
    }
  }
  return { width, height, png: encode({ width, height, data, channels: 4, depth: 8 }) }
}

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
