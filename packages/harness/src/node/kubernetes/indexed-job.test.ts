import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseAllDocuments, parse as parseYaml } from 'yaml'
import { captureCommand } from '../testing/toy-command.js'
import { indexedJob } from './indexed-job.js'

/** A Python that has the package kubernetes-validate, which ships Kubernetes' own schemas. */
const python = process.env['RETABLE_KUBERNETES_PYTHON'] ?? 'python3'
const hasSchemas = spawnSync(python, ['-c', 'import kubernetes_validate']).status === 0
if (!hasSchemas) console.log('the schema check is skipped: there is no kubernetes-validate')

const validate = `
import sys, yaml, kubernetes_validate
for document in yaml.safe_load_all(sys.stdin):
    for version in ('1.31', kubernetes_validate.latest_version()):
        kubernetes_validate.validate(document, version, strict=True)
`

/** What is wrong with a manifest, by Kubernetes' schemas; empty if nothing is. */
const faultOf = (yaml: string): string => {
  const { status, stderr } = spawnSync(python, ['-c', validate], { input: yaml, encoding: 'utf8' })
  return status === 0 ? '' : stderr
}

const job = indexedJob({
  name: 'retable-vgg-table4',
  image: 'retable:1',
  command: ['retable', 'work', 'vgg-table4', '--threads', '4', '--only', 'yes'],
  workers: 3,
  cpus: 4,
  gpus: 1,
  resultsClaim: 'results',
  resultsPath: '/results',
  dataClaim: 'imagenet',
  dataPath: '/data',
})

test('workers are indices with attempts of their own, on one volume of results', () => {
  const { spec } = parseYaml(job, { version: '1.1' }) as { readonly spec: Record<string, unknown> }
  expect(spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 3,
    parallelism: 3,
    backoffLimitPerIndex: 6,
    template: {
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            // Words that YAML would take for numbers and booleans are text.
            command: ['retable', 'work', 'vgg-table4', '--threads', '4', '--only', 'yes'],
            resources: { limits: { cpu: '4', 'nvidia.com/gpu': '1' } },
          },
        ],
        volumes: [
          { name: 'results', persistentVolumeClaim: { claimName: 'results' } },
          { name: 'data', persistentVolumeClaim: { claimName: 'imagenet', readOnly: true } },
        ],
      },
    },
  })
})

test.runIf(hasSchemas)('it is a Job by Kubernetes’ own schemas', () => {
  expect(faultOf(job)).toBe('')
  expect(faultOf(job.replace('backoffLimitPerIndex: 6', 'backoffLimitPerIndex: six'))).not.toBe('')
  expect(faultOf(job.replace('completionMode', 'completionMod'))).toContain('completionMod')
})

const printed = async (...words: readonly string[]) => {
  const command = captureCommand()
  const code = await command.run(['run', 'toy-table1', '--executor', 'kubernetes', ...words])
  return { code, out: command.out(), err: command.err() }
}

test('run prints one document, whose workers put the table into the queue', async () => {
  const words = ['--image', 'toy:1', '--jobs', '2', '--seeds', '1,2', '--gres', 'gpu:a100:2']
  const { code, out, err } = await printed(...words, '--data-claim', 'images')
  expect(code, err).toBe(0)
  const [document, ...others] = parseAllDocuments(out)
  expect(others).toEqual([])
  expect(document!.toJS()).toMatchObject({
    metadata: { name: 'toy-toy-table1' },
    spec: {
      completions: 2,
      template: {
        spec: {
          containers: [
            {
              image: 'toy:1',
              command: [
                ...['toy', 'work', 'toy-table1', '--seeds', '1,2', '--results', '/results'],
                ...['--backend', 'auto', '--data', '/data'],
              ],
              resources: { limits: { 'nvidia.com/gpu': '2' } },
            },
          ],
        },
      },
    },
  })
  if (hasSchemas) expect(faultOf(out)).toBe('')
})

test('an image must be named, and devices must be GPUs', async () => {
  expect((await printed()).err).toContain('needs --image: an image with Node and the command toy')
  expect((await printed('--image', 'toy:1', '--gres', 'shard:1')).err).toContain(
    '--gres: expected GPUs such as gpu:1 on Kubernetes, got "shard:1"',
  )
})
