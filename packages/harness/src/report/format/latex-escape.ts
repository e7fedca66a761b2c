/** Characters that mean something to LaTeX. */
const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  // These are other characters in LaTeX's old text fonts, quotes and brackets of another kind.
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '`': '\\textasciigrave{}',
}

/** Signs that a plain LaTeX has no text for, in mathematics. */
const signs: Readonly<Record<string, string>> = {
  '−': '-',
  '±': '\\pm',
  '×': '\\times',
  '·': '\\cdot',
  '÷': '\\div',
  '≤': '\\le',
  '≥': '\\ge',
  '≠': '\\ne',
  '≈': '\\approx',
  '√': '\\surd',
  '∞': '\\infty',
  '∈': '\\in',
  '→': '\\to',
  '←': '\\leftarrow',
  '⌈': '\\lceil',
  '⌉': '\\rceil',
  '⌊': '\\lfloor',
  '⌋': '\\rfloor',
  '½': '\\frac12',
  '¼': '\\frac14',
  '°': '{}^\\circ',
  α: '\\alpha',
  β: '\\beta',
  γ: '\\gamma',
  δ: '\\delta',
  ε: '\\epsilon',
  η: '\\eta',
  θ: '\\theta',
  λ: '\\lambda',
  μ: '\\mu',
  µ: '\\mu',
  π: '\\pi',
  σ: '\\sigma',
  τ: '\\tau',
  φ: '\\phi',
  Γ: '\\Gamma',
  Δ: '\\Delta',
  Θ: '\\Theta',
  Λ: '\\Lambda',
  Π: '\\Pi',
  Σ: '\\Sigma',
  Φ: '\\Phi',
  Ω: '\\Omega',
}

/** Signs with a text command or ligature of their own. */
const texts: Readonly<Record<string, string>> = {
  '§': '\\S{}',
  '†': '\\dag{}',
  '‡': '\\ddag{}',
  '–': '--',
  '—': '---',
  '‘': '`',
  '’': "'",
  '“': '``',
  '”': "''",
  '…': '\\dots{}',
  '€': '\\texteuro{}',
  '\u00a0': '~',
  '\u202f': '\\,',
  '\u2009': '\\,',
}

const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹'
const lowered = '₀₁₂₃₄₅₆₇₈₉'

/**
 * A text for LaTeX, safe in a table's cell: what has a meaning there is escaped, signs and Greek letters are
 * written as mathematics. A character beyond that and Latin letters is left to the compiler, which names it.
 */
export const escapeLatex = (text: string): string =>
  text
    .replace(/[⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+|[₀-₉]+|[^]/gu, (part) => {
      const first = part[0]!
      if ('⁻⁺'.includes(first) || raised.includes(first)) return `$^{${digits(part, raised)}}$`
      if (lowered.includes(first)) return `$_{${digits(part, lowered)}}$`
      const sign = signs[part]
      return sign === undefined ? (special[part] ?? texts[part] ?? part) : `$${sign}$`
    })
    // A row of a table that begins with one of these would give it to the end of the line before it: `\\\\*`, `\\\\[…]`.
    .replace(/^\s*[[*]/, (first) => `{${first.trim()}}`)

const digits = (text: string, row: string): string =>
  [...text]
    .map((one) => (one === '⁻' ? '-' : one === '⁺' ? '+' : String([...row].indexOf(one))))
    .join('')
