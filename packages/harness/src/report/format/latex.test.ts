import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { madeUpReport, madeUpTable } from '../../node/testing/made-up-report.js'
import { escapeLatex } from './latex-escape.js'
import { renderLatex } from './latex.js'

test.each([
  ['a_b & 50% of #1 {x}', 'a\\_b \\& 50\\% of \\#1 \\{x\\}'],
  ['$~^\\', '\\$\\textasciitilde{}\\textasciicircum{}\\textbackslash{}'],
  ['p < 0.05 | q > 1', 'p \\textless{} 0.05 \\textbar{} q \\textgreater{} 1'],
  [
    '31.2 ± 0.4 (3), Δ, α ≤ 2×3 − 1',
    '31.2 $\\pm$ 0.4 (3), $\\Delta$, $\\alpha$ $\\le$ 2$\\times$3 $-$ 1',
  ],
  ['N(0, 10⁻²), 18C²', 'N(0, 10$^{-2}$), 18C$^{2}$'],
  ['§4.1: “it’s” – …', "\\S{}4.1: ``it's'' -- \\dots{}"],
  ['[256;512]', '{[}256;512]'],
  ['* p', '{*} p'],
  [' [x] * y', '{[}x] * y'],
  ['naïve', 'naïve'],
])('%j becomes %j', (text, escaped) => {
  expect(escapeLatex(text)).toBe(escaped)
})

test('every row of a table has as many columns as it was declared with', () => {
  const text = renderLatex(madeUpReport())
  const tables = [
    ...text.matchAll(/\\begin\{tabular\}\{@\{\}(.*)@\{\}\}\n([^]*?)\\end\{tabular\}/g),
  ]
  expect(tables.map(([, columns]) => columns)).toEqual([
    'lllrr',
    'p{0.3\\linewidth}p{0.14\\linewidth}p{0.46\\linewidth}',
  ])
  for (const [, columns, body] of tables) {
    const wide = columns!.replace(/\{[^}]*\}/g, '').length
    const rows = body!.split('\n').filter((line) => line.endsWith('\\\\'))
    expect(rows.length).toBeGreaterThan(2)
    for (const row of rows) expect(row.split(/(?<!\\)&/)).toHaveLength(wide)
  }
  expect(text).toContain(' &  & ours & 30.2 $\\pm$ 0.3 (5) & 28.2 $\\pm$ 0.2 (5) \\\\')
  expect(text).toContain('A \\& B, 50\\% \\textless{}script\\textgreater{}')
  const opened = text.match(/\\begin\{(\w+)\}/g)!.map((one) => one.slice(7, -1))
  const closed = text.match(/\\end\{(\w+)\}/g)!.map((one) => one.slice(5, -1))
  expect(opened.sort()).toEqual(closed.sort())
})

const latexIsHere = spawnSync('pdflatex', ['--version']).status === 0

test.runIf(latexIsHere)('pdflatex compiles it by itself, and as a part of a paper', () => {
  const dir = mkdtempSync(join(tmpdir(), 'retable-latex-'))
  const signs = escapeLatex('\\{}$&#%_~^<>|"\'`−±×·÷≤≥≠≈√∞∈→⌈⌉½°αβΔΣ§–—‘’“”…€⁻²₁é')
  writeFileSync(join(dir, 'table.tex'), renderLatex(madeUpReport()))
  writeFileSync(
    join(dir, 'paper.tex'),
    '\\documentclass{article}\\usepackage{booktabs,graphicx,textcomp}\\begin{document}' +
      `${signs}\\input{table}after\\end{document}`,
  )
  for (const file of ['table.tex', 'paper.tex']) {
    const log = execFileSync('pdflatex', ['-interaction=nonstopmode', '-halt-on-error', file], {
      cwd: dir,
      encoding: 'utf8',
    })
    expect(log).toMatch(/Output written on \w+\.pdf \(\d page/)
  }
})

test('each table of each tier has a label of its own', () => {
  const labels = madeUpTable.tiers!.flatMap((tier) => [
    ...renderLatex(madeUpReport({ tier })).matchAll(/\\label\{(.*)\}/g),
  ])
  expect(labels.map(([, label]) => label)).toEqual([
    'tab:made-up-synthetic',
    'tab:made-up-synthetic-claims',
    'tab:made-up-imagenet',
    'tab:made-up-imagenet-claims',
  ])
})
