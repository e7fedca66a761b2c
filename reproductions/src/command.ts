import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireFrom } from '@retable/core/node'
import { autoOrder, backendNames, listBackends } from '@retable/backends'
import { createCommand, findChromium } from '@retable/harness/node'
import type { CommandOptions, ReproductionCommand } from '@retable/harness/node'
import { serveData } from './data/node/serve-data.js'
import { deciding } from './deciding.js'
import { listData } from './data/list-data.js'
import { openData } from './data/open-data.js'
import { addEvalCommand } from './eval/eval-command.js'
import type { UseBackend } from './eval/eval-command.js'
import { loadBackend } from './load-backend.js'
import { reproductions } from './reproductions.js'
import { units } from './units/units.js'

/** Where a package may lie: beside this one, or in the folder that the command runs in. */
const places = [requireFrom(import.meta.url), requireFrom(join(process.cwd(), 'package.json'))]

/** The installed version of a package; undefined for an optional one that is not installed. */
const versionOf = (name: string): string | undefined => {
  for (const require of places) {
    try {
      return (require(`${name}/package.json`) as { version: string }).version
    } catch {
      // not there
    }
  }
  return undefined
}

/** The versions of the packages that decide results, without those that are not installed. */
const decidingVersions = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    deciding.flatMap((name) => {
      const version = versionOf(name)
      return version === undefined ? [] : [[name, version]]
    }),
  )

/** Which kernels the onnx backend leaves to tfjs's cpu backend, which reads their inputs back first. */
const leftToCpu = async (): Promise<string> => {
  const { onnxKernels, registerOnnxBackend } = await import('@retable/backend-onnx')
  await registerOnnxBackend()
  const { graph, host, cpu } = onnxKernels()
  return `${graph.length} kernels are ONNX nodes, ${host.length} need none; left to the cpu backend: ${cpu.join(', ')}`
}

/** Loads a backend by its name, with a number of threads if it has threads. */
const useThreads: UseBackend = async (name, { threads }) => {
  const { name: used, why } = await loadBackend(name, { threads })
  return { name: used, why }
}

/** Multiply-adds of some seconds: for less, a process of its own takes longer to start than it saves. */
const worthProcesses = 1e12
/** Bytes that a job takes at most in the reduced tiers. */
const bytesOfJob = 1e9

/**
 * As many jobs as there are cores, for the nets of the reduced tiers: on two cores, two jobs of one thread each train
 * 1.2 to 1.8 times as many images per second as one job of two threads (tools/bench/jobs.mjs). Nets of the papers' size
 * use all threads well, and their memory would not fit twice.
 */
const jobsFor: NonNullable<CommandOptions['jobsFor']> = ({ pending, backend, paper }) => {
  const work = pending.reduce((total, { cost }) => total + cost, 0)
  if (paper || work < worthProcesses || !['auto', 'onnx'].includes(backend)) return 1
  return Math.min(availableParallelism(), Math.floor(totalmem() / bytesOfJob))
}

/** Whether WebGPU runs in Node, through the package `webgpu`: only with --browser does a browser run it then. */
const webgpuInNode = versionOf('webgpu') !== undefined

/** The backends for which a browser is started: `auto` takes them in browsers only. */
const browserBackends: readonly string[] = autoOrder.browser.filter(
  (name) => !autoOrder.node.includes(name),
)
/** Those of them for which `--backend` alone starts one. */
const inBrowserOnly = browserBackends.filter((name) => !(name === 'webgpu' && webgpuInNode))

/** A backend that runs in a browser which the command starts: whether there is one. */
const inChromium = (name: string): { readonly found: boolean; readonly note: string } => {
  try {
    return { found: true, note: `in a browser: --backend ${name} starts ${findChromium()}` }
  } catch (error) {
    return { found: false, note: (error as Error).message }
  }
}

/** The `retable` command over this package's reproductions. */
export const retable = (): ReproductionCommand =>
  createCommand({
    name: 'retable',
    version: versionOf('@retable/reproductions')!,
    description: 'Reproduces the tables of the AlexNet and VGG papers from seeded runs.',
    reproductions,
    units,
    backends: ['auto', ...backendNames],
    useBackend: useThreads,
    listBackends: async () =>
      Promise.all(
        (await listBackends()).map(async ({ name, ok, reason }) => ({
          name,
          ...(!ok && browserBackends.includes(name)
            ? inChromium(name)
            : { found: ok, note: reason }),
          ...(name === 'onnx' && ok && { details: await leftToCpu() }),
        })),
      ),
    openData,
    jobsFor,
    page: {
      bundle: fileURLToPath(new URL('../dist/page', import.meta.url)),
      html: 'command.html',
      backends: inBrowserOnly,
      alsoInPages: ['auto', ...autoOrder.browser.filter((name) => !inBrowserOnly.includes(name))],
      serveData,
    },
    listData: (dir) => listData(reproductions, dir),
    extend: (program) => addEvalCommand(program, loadBackend),
    packages: decidingVersions(),
  })
