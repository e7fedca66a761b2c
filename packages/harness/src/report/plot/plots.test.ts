import { decode } from 'fast-png'
import { fromHtml } from 'hast-util-from-html'
import { select, selectAll } from 'hast-util-select'
import { toString } from 'hast-util-to-string'
import { expect, test } from 'vitest'
import { curvesBehind, madeUpReport, madeUpTable } from '../../node/testing/made-up-report.js'
import { kernelImage } from './kernel-plot.js'
import { plotFiles, plotSheet } from './plot-files.js'
import { spread } from './spread.js'
import { dark, light, type Palette } from './theme.js'

const filesOf = (changes: Parameters<typeof madeUpReport>[0] = {}) =>
  new Map(
    plotFiles(madeUpReport(changes)).map((file) => [
      file.name,
      fromHtml(file.svg, { fragment: true, space: 'svg' }),
    ]),
  )

test('the band runs from least to greatest where every seed has a point', () => {
  const { runs, band } = spread(
    [
      {
        seed: 1,
        curve: [
          { x: 1, y: 4 },
          { x: 2, y: 3 },
          { x: 3, y: 1 },
        ],
      },
      { seed: 2, curve: [{ x: 1, y: 8 }, { x: 2, y: 2 }, { other: 1 }] },
    ],
    'x',
    'y',
  )
  expect(runs.map(({ points }) => points.length)).toEqual([3, 2])
  expect(band).toEqual([
    { x: 1, low: 4, mean: 6, high: 8 },
    { x: 2, low: 2, mean: 2.5, high: 3 },
  ])
  expect(spread([{ seed: 1, curve: [{ x: 1, y: 1 }] }], 'x', 'y').band).toEqual([])
})

test('learning curves: a panel a net, in it a line a seed for each of training and validation', () => {
  const files = filesOf()
  expect([...files.keys()]).toEqual(['effects.svg', 'curves-loss.svg'])
  const svg = files.get('curves-loss.svg')!
  const panels = selectAll('svg svg[aria-labelledby^=p]', svg)
  expect(panels.map((panel) => toString(select('title', panel)!))).toEqual(['net a', 'net b'])
  expect(panels.map((panel) => selectAll('path.run', panel).length)).toEqual([3 * 2, 2 * 2])
  expect(panels.map((panel) => selectAll('path.average', panel).length)).toEqual([2, 2])
  expect(panels.map((panel) => selectAll('path.band', panel).length)).toEqual([2, 2])
  // Validation ends over the three seeds at 4/3, 7/3 and 10/3.
  expect(toString(select('desc', panels[0])!)).toContain(
    'validation: from 4.00 to 6.00 to 1.33 to 3.33',
  )
  expect(toString(select('svg[aria-labelledby^=legend]', svg)!)).toContain('trainingvalidation')
})

test('a line goes through its points, and its axis through their range', () => {
  const [one] = curvesBehind('a', 1)
  const svg = filesOf({ behind: [one!] }).get('curves-loss.svg')!
  const panel = select('svg svg[aria-labelledby^=p0]', svg)!
  const lines = selectAll('path.mean', panel).map(({ properties }) => String(properties['d']))
  const points = lines[0]!
    .slice(1)
    .split('L')
    .map((pair) => pair.split(',').map(Number))
  const [[x1, y1], [x2, y2], [x3, y3]] = points as [number[], number[], number[]]
  // Epochs 1, 2, 3 from an axis that begins at 0; losses 3, 3/2, 1.
  expect((x3! - x1!) / (x2! - x1!)).toBeCloseTo(2, 1)
  expect((y2! - y1!) / (y3! - y1!)).toBeCloseTo((3 - 1.5) / (3 - 1), 1)
  expect(x1).toBeCloseTo(46 + (264 - 56) / 3, 0)
})

test('a figure of the paper draws its cells together, with the level that it marks', () => {
  const reproduction = {
    ...madeUpTable,
    figure: { show: 'curves', x: 'epoch', y: 'trainLoss', level: 1.5, cells: ['a', 'b'] },
  } as const
  const behind = ['a', 'b', 'c'].flatMap((cell) => curvesBehind(cell, 3))
  const svg = filesOf({ reproduction, behind }).get('curves.svg')!
  expect(selectAll('path.run', svg)).toHaveLength(2 * 3)
  expect(selectAll('path.average', svg)).toHaveLength(2)
  expect(selectAll('path.mark', svg)).toHaveLength(1)
  expect(toString(select('svg[aria-labelledby^=legend]', svg)!)).toContain('net anet b')
})

test('effects: a point a claim, its interval, and the side on which the claim holds', () => {
  const svg = filesOf().get('effects.svg')!
  const panels = selectAll('svg svg[aria-labelledby^=p]', svg)
  expect(panels.map((panel) => toString(select('text.title', panel)!))).toEqual([
    'Gain, better to the right, percentage points',
    'Ratio',
  ])
  const number = (value: unknown) => Number(value)
  const [gain, ratio] = panels.map((panel) => ({
    shade: select('.claimed', panel)!.properties,
    point: number(select('circle', panel)!.properties['cx']),
    bar: String(select('.interval', panel)!.properties['d'])
      .match(/[\d.]+/g)!
      .map(Number),
    verdict: toString(select('text.supported, text.contradicted', panel)!),
  }))
  expect(gain!.verdict).toBe('supported')
  expect(gain!.bar[0]).toBeLessThan(gain!.point)
  expect(gain!.bar[2]).toBeGreaterThan(gain!.point)
  // The whole bar lies in the shade, which reaches to the right edge.
  expect(gain!.bar[0]).toBeGreaterThan(number(gain!.shade['x']))
  expect(number(gain!.shade['x']) + number(gain!.shade['width'])).toBeCloseTo(410, 5)
  // The ratio is far above one half: the shade lies to the left of all of the bar.
  expect(ratio!.verdict).toBe('contradicted (by ours only)')
  expect(number(ratio!.shade['x'])).toBe(10)
  expect(ratio!.bar[0]).toBeGreaterThan(10 + number(ratio!.shade['width']))
})

test('with nothing run nothing is drawn', () => {
  expect([...filesOf({ cells: new Map(), behind: [] }).keys()]).toEqual([])
})

test('a confusion matrix has a field for each count, as strong as its share of the row', () => {
  const behind = [
    { ...curvesBehind('a', 1)[0]!, result: { curve: [], extra: { confusion: [3, 1, 0, 0] } } },
  ]
  const svg = filesOf({ behind }).get('confusion.svg')!
  const fields = selectAll('rect.cell', svg)
  expect(fields.map(({ properties }) => properties['fillOpacity'])).toEqual([0.75, 0.25])
  expect(fields.map((field) => toString(field))).toEqual([
    '0 taken for 0: 75%',
    '0 taken for 1: 25%',
  ])
})

test('kernels of three channels are a pixel a weight, scaled by their own maximum, tower under tower', () => {
  // Two kernels of 1×2 over 3 channels; [row, column, channel, filter].
  const values = [
    ...[1, 4, 0, 0, -1, 0], // column 0: filter 0 is (1, 0, −1), filter 1 (4, 0, 0)
    ...[0.5, 0, 0, -2, 0, 0], // column 1: filter 0 is (0.5, 0, 0), filter 1 (0, −2, 0)
  ]
  const image = kernelImage({
    label: 'net',
    cells: [],
    seed: 1,
    shape: [1, 2, 3, 2],
    values,
    towers: 2,
  })
  const { width, height, data } = decode(image.png)
  expect([width, height]).toEqual([2, 1 + 3 + 1])
  const pixel = (x: number, y: number) => [...data.slice((y * 2 + x) * 4, (y * 2 + x) * 4 + 4)]
  expect(pixel(0, 0)).toEqual([255, 128, 0, 255])
  expect(pixel(1, 0)).toEqual([191, 128, 128, 255])
  expect(pixel(0, 2)).toEqual([0, 0, 0, 0])
  expect(pixel(0, 4)).toEqual([255, 128, 128, 255])
  expect(pixel(1, 4)).toEqual([128, 64, 128, 255])
})

test('kernels of other channels are drawn a channel at a time, in gray', () => {
  const image = kernelImage({
    label: 'net',
    cells: [],
    seed: 1,
    shape: [1, 1, 2, 1],
    values: [1, -0.5],
    towers: 1,
  })
  const { width, data } = decode(image.png)
  expect(width).toBe(3)
  expect([data[0], data[1], data[2], data[8]]).toEqual([255, 255, 255, 64])
})

test('an SVG file stands alone: its size, a background, both palettes, nothing from outside', () => {
  for (const { svg } of plotFiles(madeUpReport())) {
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true)
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:|url\(|@import|<script/,
    )
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    const tree = fromHtml(svg, { fragment: true, space: 'svg' })
    const ids = selectAll('[id]', tree).map(({ properties }) => properties['id'])
    expect(new Set(ids).size).toBe(ids.length)
  }
})

/** WCAG 2's contrast of two colors. */
const contrast = (a: string, b: string): number => {
  const luminance = (color: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const value = parseInt(color.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  }
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

test.each<[string, Palette]>([
  ['light', light],
  ['dark', dark],
])('text has a contrast of 4.5 and lines of 3 in the %s palette', (_, palette) => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 6)
  const { background, text, muted, supported, contradicted, inconclusive, series } = palette
  for (const color of [text, muted, supported, contradicted, inconclusive, series[0]!]) {
    expect(contrast(color, background)).toBeGreaterThan(4.5)
  }
  for (const color of series) expect(contrast(color, background)).toBeGreaterThan(3)
  expect(new Set(series).size).toBe(8)
})

test('names in results never become paths: a curve’s name is made a file name, each its own', () => {
  const keys = ['x/../../../escaped', 'x.escaped', 'X', 'x', '..', '/etc/passwd', 'a\0b']
  const point = (step: number) =>
    Object.fromEntries([['step', step], ...keys.map((key) => [key, step] as const)])
  const behind = curvesBehind('a', 1).map((unit) => ({
    ...unit,
    result: { extra: {}, curve: [point(1), point(2)] },
  }))
  const names = plotFiles(madeUpReport({ behind })).map(({ name }) => name)
  const curves = names.filter((name) => name.startsWith('curves'))
  expect(curves).toContain('curves-x.svg')
  expect(new Set(curves).size).toBe(keys.length)
  for (const name of curves) expect(name).toMatch(/^[a-z0-9-]{1,80}\.svg$/)
})

test('the drawings of a page are one file: each once, by ids of their own', () => {
  const report = madeUpReport()
  const sheet = plotSheet(report)!
  for (const { title, caption } of plotFiles(report)) {
    expect(sheet.caption).toContain(`${title}: ${caption}`)
  }
  const ids = [...sheet.svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const titles = [...sheet.svg.matchAll(/class="title"/g)]
  const apart = plotFiles(report).flatMap(({ svg }) => [...svg.matchAll(/class="title"/g)])
  expect(titles.length).toBeGreaterThanOrEqual(plotFiles(report).length)
  expect(titles.length).toBeLessThanOrEqual(apart.length)
})
