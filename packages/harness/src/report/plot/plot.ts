import type { Element } from 'hast'
import { s } from 'hastscript'
import stringWidth from 'string-width'

/** A rectangle with drawings in it, in CSS pixels. */
export interface Panel {
  /** Printed above the drawing; empty for none. */
  readonly title: string
  /** What is to be seen, for who does not see it. */
  readonly description: string
  readonly width: number
  readonly height: number
  readonly content: readonly Element[]
}

/** One drawing of a report: panels with the same axes. */
export interface Plot {
  /** Of a file, as `fileNameOf` makes it: `curves-loss`. */
  readonly name: string
  readonly title: string
  /** How to read it, in sentences. */
  readonly caption: string
  readonly legend: readonly LegendEntry[]
  readonly panels: readonly Panel[]
}

/** A name and the number of its color. */
export interface LegendEntry {
  readonly label: string
  readonly series: number
}

/** Height of a panel's title. */
export const titleHeight = 20

/** About how wide a text of 11 pixels is. */
export const textWidth = (text: string): number => stringWidth(text) * 6

/** Breaks a text into lines of at most `width` pixels, at its spaces. */
export const wrapText = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && textWidth(`${last} ${word}`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}

/** A number for an attribute: two decimals at most. */
export const px = (value: number): string => String(Math.round(value * 100) / 100)

/** A panel as an `<svg>` of its own, with title and description for assistive software. */
export const panelElement = (
  panel: Panel,
  id: string,
  more: Record<string, string> = {},
): Element => {
  const { width, height, title, description, content } = panel
  return s(
    'svg',
    {
      class: 'plot',
      viewBox: `0 0 ${px(width)} ${px(height)}`,
      width: px(width),
      height: px(height),
      role: 'img',
      ariaLabelledBy: `${id}-title ${id}-desc`,
      ...more,
    },
    [
      s('title', { id: `${id}-title` }, title),
      s('desc', { id: `${id}-desc` }, description),
      ...(title === '' ? [] : [s('text', { class: 'title', x: 4, y: 13 }, title)]),
      ...content,
    ],
  )
}

/** The names of a legend in a row, broken when `width` is full. */
export const legendPanel = (legend: readonly LegendEntry[], width: number): Panel => {
  let x = 4
  let y = 13
  const content = legend.map(({ label, series }) => {
    const own = textWidth(label) + 38
    if (x + own > width && x > 4) {
      x = 4
      y += 18
    }
    const entry = s('g', { class: `s${series}` }, [
      s('path', { class: 'line mean', d: `M${px(x)},${y - 4}h18` }),
      s('text', { x: px(x + 23), y }, label),
    ])
    x += own
    return entry
  })
  const description = legend.map(({ label }) => label).join(', ')
  return { title: '', description: `Colors: ${description}.`, width, height: y + 7, content }
}

/** The color of the n-th series: there are eight, then they come again. */
export const seriesNumber = (n: number): number => n % 8
