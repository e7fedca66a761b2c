import { paletteStyle, plotStyle } from '../../plot/theme.js'

/** The style of a report's page. */
export const pageStyle: string = `${paletteStyle}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem; background: var(--background);
  color: var(--text); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
a { color: var(--series-0); }
p { margin: 0.5rem 0; max-width: 46rem; }
.muted, caption, figcaption { color: var(--muted); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption span { display: block; position: sticky; left: 0; max-width: min(46rem, calc(100vw - 2rem)); }
caption { text-align: left; padding-bottom: 0.4rem; caption-side: top; }
th, td { padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { border-bottom-color: var(--muted); white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
.wrap th { white-space: normal; }
.first > * { border-top: 1px solid var(--muted); }
.number { text-align: right; white-space: nowrap; }
.supported { color: var(--supported); font-weight: 600; }
.contradicted { color: var(--contradicted); font-weight: 600; }
.equivalent { color: var(--equivalent); font-weight: 600; }
.inconclusive { color: var(--inconclusive); font-weight: 600; }
.claims td:first-child { min-width: 14rem; }
.claims td:nth-child(3) { min-width: 16rem; }
.claims ul { margin: 0.25rem 0 0; padding-left: 1.1rem; }
figure { margin: 0.75rem 0; }
figcaption { font-size: 0.9rem; max-width: 46rem; margin-bottom: 0.5rem; }
.panels { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: flex-start; }
svg.plot { max-width: 100%; height: auto; }
pre { background: none; border: 1px solid var(--line); border-radius: 4px; padding: 0.6rem 0.8rem;
  overflow-x: auto; white-space: pre-wrap; font-size: 0.9rem; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: 0.5rem; }
dd { margin: 0 0 0 1rem; }
li { margin: 0.3rem 0; }
@media screen and (max-width: 40rem) {
  table { font-size: 0.8rem; }
  th, td { padding: 0.2rem 0.35rem; }
  tbody th { white-space: normal; max-width: 6rem; }
  .claims, .claims caption, .claims tbody, .claims tr, .claims td { display: block; }
  .claims thead { position: absolute; clip-path: inset(50%); }
  .claims td { border: none; }
  .claims tr { border-bottom: 1px solid var(--line); padding: 0.4rem 0; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .wide { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: 0.15rem 0.35rem; }
  thead { display: table-header-group; }
  tr, svg, li, figure > figcaption { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
}
${plotStyle}`
