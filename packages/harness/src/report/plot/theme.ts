/** Colors of one scheme, as CSS writes them. */
export interface Palette {
  readonly background: string
  readonly text: string
  readonly muted: string
  readonly line: string
  /** Colors of series, in order; each at least 3:1 against the background. */
  readonly series: readonly string[]
  readonly supported: string
  readonly contradicted: string
  readonly equivalent: string
  readonly inconclusive: string
}

/** On white. */
export const light: Palette = {
  background: '#ffffff',
  text: '#1b1f24',
  muted: '#57606a',
  line: '#d0d7de',
  series: [
    ...['#1a5fb4', '#c2410c', '#15803d', '#7e22ce'],
    ...['#8a5a00', '#be185d', '#0e7490', '#525252'],
  ],
  supported: '#15703a',
  contradicted: '#b3261e',
  equivalent: '#1a5fb4',
  inconclusive: '#57606a',
}

/** On near-black. */
export const dark: Palette = {
  background: '#12161c',
  text: '#e6edf3',
  muted: '#9aa5b1',
  line: '#30363d',
  series: [
    ...['#7cb7ff', '#ffa066', '#6ee7a0', '#d0a2ff'],
    ...['#f2cc60', '#ff9ac9', '#67e0f0', '#b8bcc4'],
  ],
  supported: '#6ee7a0',
  contradicted: '#ff9a8d',
  equivalent: '#7cb7ff',
  inconclusive: '#9aa5b1',
}

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .flatMap(([name, value]: [string, string | readonly string[]]) =>
      typeof value === 'string'
        ? [`--${name}: ${value};`]
        : value.map((color, i) => `--${name}-${i}: ${color};`),
    )
    .join(' ')

/** CSS variables of both palettes: dark if the reader's system is, light on paper. */
export const paletteStyle: string = `
:root { color-scheme: light dark; ${variables(light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
`

/** CSS of the drawings' parts. */
export const plotStyle: string = `
.plot { font: 11px system-ui, sans-serif; fill: var(--text); }
.plot .background { fill: var(--background); }
.plot .title { font-weight: 600; }
.plot .muted { fill: var(--muted); }
.plot .grid { stroke: var(--line); fill: none; }
.plot .mark { stroke: var(--muted); stroke-dasharray: 4 3; fill: none; }
.plot .run { fill: none; stroke-width: 0.8; opacity: 0.55; }
.plot .mean { fill: none; stroke-width: 2; }
.plot .band { stroke: none; opacity: 0.18; }
.plot .claimed { fill: var(--line); opacity: 0.55; }
.plot .cell { fill: var(--series-0); }
${light.series
  .map(
    (_, i) =>
      `.plot .s${i} { --own: var(--series-${i}); } .plot .s${i} .line, .plot .line.s${i} { stroke: var(--own); }` +
      ` .plot .s${i} .area, .plot .area.s${i} { fill: var(--own); }`,
  )
  .join('\n')}
.plot .supported { stroke: var(--supported); fill: var(--supported); }
.plot .contradicted { stroke: var(--contradicted); fill: var(--contradicted); }
.plot .equivalent { stroke: var(--equivalent); fill: var(--equivalent); }
.plot .inconclusive { stroke: var(--inconclusive); fill: var(--inconclusive); }
.plot text.supported, .plot text.contradicted, .plot text.equivalent, .plot text.inconclusive { stroke: none; }
`
