#!/usr/bin/env node
// Runs tfjs-core's conformance suite on the onnx backend and writes CONFORMANCE.md.
//
//   node packages/backend-onnx/scripts/conformance.mjs           rewrite the file
//   node packages/backend-onnx/scripts/conformance.mjs --check   fail if it would differ (CI)
//
// Needs a build (the kernel lists come from dist). A failed spec needs a reason in conformance-reasons.json.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as prettier from 'prettier'
import { onnxKernels, registerOnnxBackend } from '@retable/backend-onnx'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../../..')
const file = join(here, '../CONFORMANCE.md')
const check = process.argv.includes('--check')
const leastPassed = 3900

const folder = mkdtempSync(join(tmpdir(), 'retable-conformance-'))
const json = join(folder, 'report.json')
const run = spawnSync(
  process.execPath,
  [join(root, 'tools/conformance/run.mjs'), 'onnx', '--json', json],
  { stdio: 'inherit', cwd: root },
)
const report = JSON.parse(readFileSync(json, 'utf8'))
rmSync(folder, { recursive: true })
if (report.crashed) {
  console.error(report.crashed)
  process.exit(1)
}

await registerOnnxBackend({ threads: 1 })
const kernels = onnxKernels()
const reasons = JSON.parse(readFileSync(join(here, 'conformance-reasons.json'), 'utf8'))
const names = (list) => list.map((name) => `\`${name}\``).join(', ')
const failures = report.failed
  .map(({ name, message }) => ({ name, reason: reasons[name] ?? `unexplained: ${message}` }))
  .sort((a, b) => (a.name < b.name ? -1 : 1))

const markdown = await prettier.format(
  `# Conformance

tfjs-core's own suite (4.22.0) on the backend \`onnx\`, provider \`cpu\`, in Node. Written by
\`node packages/backend-onnx/scripts/conformance.mjs\`; not edited by hand.

| specs passed | failed | left out by tfjs-core itself |
| --- | --- | --- |
| ${report.passed.length} | ${report.failed.length} | ${report.skipped} |

## Specs that fail

${failures.length === 0 ? 'None.' : failures.map(({ name, reason }) => `- ${name}: ${reason}`).join('\n')}

## Where each kernel runs

${kernels.graph.length} kernels are written as ONNX nodes: ${names(kernels.graph)}.

${kernels.host.length} need no node, since they only rename a value or make a constant: ${names(kernels.host)}.

${kernels.cpu.length} are left to the cpu backend's kernels, on values read from the graph, and so is any call of
the others with strings, complex numbers, tensors without elements, or a dtype that the mapping does not take:
${names(kernels.cpu)}.
`,
  { ...(await prettier.resolveConfig(file)), parser: 'markdown' },
)

const unexplained = failures.filter(({ reason }) => reason.startsWith('unexplained'))
if (report.passed.length < leastPassed) {
  console.error(`only ${report.passed.length} specs passed; at least ${leastPassed} must`)
  process.exitCode = 1
}
if (unexplained.length > 0) {
  console.error(`${unexplained.length} failures have no reason in conformance-reasons.json`)
  process.exitCode = 1
}
if (check) {
  if (readFileSync(file, 'utf8') !== markdown) {
    console.error(
      'CONFORMANCE.md is out of date: run node packages/backend-onnx/scripts/conformance.mjs',
    )
    process.exitCode = 1
  }
} else {
  writeFileSync(`${file}.tmp`, markdown)
  renameSync(`${file}.tmp`, file)
}
if (run.status === null) process.exitCode = 1
process.exit()
