#!/usr/bin/env node
// Builds @tensorflow/tfjs-node where its own install fails: it downloads libtensorflow from a host that a network may not
// reach, and Node 23 and later find no binary there.
//
//   node tools/tfjs-node/build.mjs [PROJECT]     # default: the current folder
//
// Everything comes from npm and PyPI: npm's package has the JavaScript and the C++ source of its binding, and TensorFlow's
// wheel has the C API that the binding is compiled against. Linux on x64, CPU only. Needs npm, python3 with pip, and g++; fetches
// about 210 MB once and takes about two minutes. package.json and the lock file of the project stay as they are, so a later
// `npm install` or `npm ci` takes the package out again: run this after it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

const tfjsNode = '4.22.0'
/** The newest release whose C API the binding was compiled against and tried. */
const tensorflow = '2.15.1'
const napi = 8

const fail = (message) => {
  console.error(`tfjs-node: ${message}`)
  process.exit(1)
}

const [project = '.', ...rest] = process.argv.slice(2)
if (rest.length > 0 || project.startsWith('-')) {
  fail('usage: node tools/tfjs-node/build.mjs [PROJECT]')
}
if (process.platform !== 'linux' || process.arch !== 'x64') {
  fail(`builds on Linux x64 only, and this is ${process.platform} ${process.arch}`)
}
const root = resolve(project)
if (!existsSync(join(root, 'package.json'))) fail(`${root} has no package.json`)

/** Runs a program quietly; if it fails, says what for and what it printed. */
const call = (what, program, words, options = {}) => {
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
  } catch (error) {
    if (error.code === 'ENOENT') return fail(`${what} needs ${program}, which is not installed`)
    return fail(
      `${what} failed:\n${String(error.stderr || error.message)
        .trim()
        .split('\n')
        .slice(-12)
        .join('\n')}`,
    )
  }
}

const cache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'retable',
  `tfjs-node-${tensorflow}`,
)
mkdirSync(cache, { recursive: true })
const library = join(cache, 'tensorflow')

if (!existsSync(join(library, 'complete'))) {
  console.log(`tfjs-node: fetching TensorFlow ${tensorflow} (210 MB) into ${cache}`)
  const platforms = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'].flatMap((p) => [
    '--platform',
    p,
  ])
  call('fetching TensorFlow', 'python3', ['-m', 'pip', 'download', '--quiet', '--no-deps',
    '--only-binary=:all:', '--python-version', '3.11', ...platforms, '--dest', cache, `tensorflow-cpu==${tensorflow}`]) // prettier-ignore
  const wheel = readdirSync(cache).find((name) => name.endsWith('.whl'))
  const unpack = [
    'import sys, zipfile',
    'z = zipfile.ZipFile(sys.argv[1])',
    "wanted = ('tensorflow/libtensorflow', 'tensorflow/include/tensorflow/', 'tensorflow/include/tsl/', 'tensorflow/include/xla/')",
    'z.extractall(sys.argv[2], [n for n in z.namelist() if n.startswith(wanted)])',
    "open(sys.argv[2] + '/tensorflow/complete', 'w').close()",
  ].join('\n')
  call('unpacking TensorFlow', 'python3', ['-c', unpack, join(cache, wheel), cache])
  rmSync(join(cache, wheel))
}
const headers = join(cache, 'node_modules/node-api-headers/include')
if (!existsSync(headers)) {
  call("fetching Node's headers", 'npm', [
    'install',
    '--prefix',
    cache,
    '--no-audit',
    '--no-fund',
    'node-api-headers',
  ])
}

console.log(`tfjs-node: installing @tensorflow/tfjs-node ${tfjsNode} into ${root}`)
call('npm install', 'npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `@tensorflow/tfjs-node@${tfjsNode}`], { cwd: root }) // prettier-ignore

const binding = join(root, 'node_modules/@tensorflow/tfjs-node')
const deps = join(binding, 'deps/lib')
const out = join(binding, `lib/napi-v${napi}`)
for (const folder of [deps, out]) mkdirSync(folder, { recursive: true })
for (const name of ['tensorflow_cc', 'tensorflow_framework']) {
  for (const link of [`lib${name}.so.2`, `lib${name.replace('_cc', '')}.so`]) {
    rmSync(join(deps, link), { force: true })
    symlinkSync(join(library, `lib${name}.so.2`), join(deps, link))
  }
}
console.log('tfjs-node: compiling its binding')
const sources = readdirSync(join(binding, 'binding')).filter((name) => name.endsWith('.cc'))
call('compiling', 'g++', ['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${napi}`,
  `-I${binding}`, `-I${join(library, 'include')}`, `-I${headers}`,
  ...sources.map((name) => join(binding, 'binding', name)),
  `-L${deps}`, '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib',
  '-o', join(out, 'tfjs_binding.node')]) // prettier-ignore

const probe = `
  const util = require('node:util')
  util.isArray ??= Array.isArray
  util.isNullOrUndefined ??= (value) => value === null || value === undefined
  const tf = require('@tensorflow/tfjs-node')
  tf.tidy(() => console.log(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).arraySync().join(';')))`
const answer = call('loading it', process.execPath, ['-e', probe], {
  cwd: root,
  env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
}).trim()
if (answer !== '3,3;3,3') fail(`it loads and computes 3,3;3,3 as ${answer}`)
console.log(`tfjs-node: works on Node ${process.version}`)
