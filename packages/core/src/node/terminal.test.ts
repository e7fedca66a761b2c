import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { fitLine, isInteractive, liveLines, progressBar } from './terminal.js'

/**
 * What a terminal of so many columns shows: line breaks, carriage returns, wrapping at the right edge, the cursor going
 * up and clearing from there, and the modes that a program may have left changed.
 */
const terminal = (columns: number, rows = 24) => {
  let lines: string[] = ['']
  let row = 0
  let column = 0
  const modes: string[] = []
  const put = (sign: string) => {
    if (column === columns) {
      row++
      column = 0
    }
    while (lines.length <= row) lines.push('')
    lines[row] = lines[row]!.padEnd(column).slice(0, column) + sign + lines[row]!.slice(column + 1)
    column++
  }
  const write = (text: string) => {
    for (const [part, mode, count, what] of text.matchAll(
      /\x1b\[(\?\d+[hl])|\x1b\[(\d*)([AJ])|[^]/g,
    )) {
      if (mode !== undefined) modes.push(mode)
      else if (what === 'A') row = Math.max(0, row - Number(count))
      else if (what === 'J') lines = [...lines.slice(0, row), (lines[row] ?? '').slice(0, column)]
      else if (part === '\r') column = 0
      else if (part === '\n') {
        row++
        column = 0
        while (lines.length <= row) lines.push('')
      } else put(part)
    }
    return true
  }
  return {
    columns,
    rows,
    isTTY: true,
    write,
    modes,
    shown: () => lines.map((line) => line.trimEnd()),
  }
}

test('lines are drawn again in place, and what is written appears above them, whole', () => {
  const screen = terminal(20)
  const lines = liveLines(screen, { others: [] })
  lines.set(['one 1/9', 'two 2/9'])
  lines.draw()
  screen.write('a sentence of more than twenty columns\n')
  expect(screen.shown()).toEqual([
    ...['a sentence of more t', 'han twenty columns'],
    ...['one 1/9', 'two 2/9', ''],
  ])
  lines.set(['one 5/9'])
  lines.draw()
  expect(screen.shown()).toEqual(['a sentence of more t', 'han twenty columns', 'one 5/9', ''])
  lines.stop()
  screen.write('end\n')
  expect(screen.shown()).toEqual(['a sentence of more t', 'han twenty columns', 'end', ''])
  expect(screen.modes).toEqual([])
})

test('of two streams on one screen neither draws over the other; a half line waits for its end', () => {
  const screen = terminal(40)
  const { write } = screen
  const stderr = { write, isTTY: true }
  const lines = liveLines(screen, { others: [stderr] })
  lines.set(['bar'])
  lines.draw()
  stderr.write('\ntoy: once more to stop at once\n')
  stderr.write('half')
  expect(screen.shown()).toEqual(['', 'toy: once more to stop at once', 'bar', ''])
  stderr.write(' and half\nrest')
  expect(screen.shown()).toEqual(['', 'toy: once more to stop at once', 'half and half', 'bar', ''])
  lines.stop({ keep: true })
  expect(screen.shown().slice(2)).toEqual(['half and half', 'bar', 'rest', ''])
})

test('a terminal that has become narrower is cleared of every row that the lines now take', () => {
  let written = ''
  const stream = { isTTY: true, columns: 20, write: (text: string) => (written += text) }
  const lines = liveLines(stream, { others: [] })
  lines.set(['0123456789abcdefghijk', 'x'])
  lines.draw()
  expect(written).toBe('0123456789abcdefgh…\nx\n')
  stream.columns = 8
  written = ''
  lines.draw()
  // 19 characters in rows of 8, and one row.
  expect(written).toBe('\r\x1b[4A\x1b[J012345…\nx\n')
  lines.stop()
})

test('more lines than the terminal has rows are counted', () => {
  const screen = terminal(20, 5)
  const lines = liveLines(screen, { others: [] })
  lines.set(['1', '2', '3', '4', '5'])
  lines.draw()
  expect(screen.shown()).toEqual(['1', '2', '… and 3 more', ''])
  lines.stop()
})

test('a line is cut at columns, not at code units', () => {
  expect(fitLine('abcdef', 6)).toBe('abcdef')
  expect(fitLine('abcdefg', 6)).toBe('abcde…')
  expect(fitLine('深度学习', 6)).toBe('深度…')
  expect(fitLine('a\nb', 6)).toBe('a b')
  expect(fitLine('👩‍👩‍👧‍👦x', 3)).toBe('👩‍👩‍👧‍👦x')
})

test('a bar has its share', () => {
  expect(progressBar(0, 10, 4)).toBe('░░░░')
  expect(progressBar(5, 10, 4)).toBe('██░░')
  expect(progressBar(12, 10, 4)).toBe('████')
  expect(progressBar(1, 0, 4)).toBe('░░░░')
})

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { CI: '' }, true],
  [{ isTTY: true }, { CI: 'false' }, true],
  [{ isTTY: true }, { CI: '1' }, false],
  [{ isTTY: true }, { CI: 'true' }, false],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{ isTTY: false }, {}, false],
  [{}, {}, false],
])('%j with %j is interactive: %j', (stream, env, expected) => {
  expect(isInteractive(stream, env)).toBe(expected)
})

/** A process with live lines on a real pseudo-terminal, ended in some way; what the terminal received. */
const onTerminal = async (ending: string): Promise<string> => {
  const program = `
    import { liveLines } from ${JSON.stringify(new URL('../../dist/node/index.js', import.meta.url).href)}
    const lines = liveLines(process.stdout)
    lines.set(['a bar'])
    lines.draw()
    setInterval(() => {}, 1000)
    ${ending}`
  const words = [process.execPath, '--input-type=module', '-e', program].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  )
  const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, CI: '' },
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  return text
}

test.each([
  ['process.exit(1)', true],
  ["setTimeout(() => { throw new Error('x') }, 10)", true],
  ["process.kill(process.pid, 'SIGINT')", false],
  ["process.kill(process.pid, 'SIGKILL')", false],
])('after %s the terminal is as it was', async (ending, isCleared) => {
  const text = await onTerminal(ending)
  expect(text).toContain('a bar')
  // Neither the cursor nor line wrap nor any other mode was touched.
  expect(text).not.toContain('\x1b[?')
  expect(text.includes('\x1b[1A\x1b[J')).toBe(isCleared)
})
