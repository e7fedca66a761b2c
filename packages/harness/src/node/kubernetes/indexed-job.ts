import { stringify } from 'yaml'

/** What a Kubernetes Job of workers is made of. */
export interface JobRequest {
  /** The Job's name: lower-case letters, digits and dashes. */
  readonly name: string
  /** Has the worker's command and Node. */
  readonly image: string
  /** The command line of a worker. */
  readonly command: readonly string[]
  /** Workers, each one index of the Job. */
  readonly workers: number
  /** CPUs per worker; undefined: no request, as the cluster has it. */
  readonly cpus?: number
  /** NVIDIA GPUs per worker. */
  readonly gpus: number
  /** The volume claim of the results folder, which many nodes can write. */
  readonly resultsClaim: string
  /** Where the worker's command expects the results folder. */
  readonly resultsPath: string
  /** The volume claim of data sets, read only; undefined: none. */
  readonly dataClaim?: string
  readonly dataPath: string
}

/** Attempts per worker that an error of the machine may cost. */
const attemptsPerWorker = 6

/** Seconds between SIGTERM and SIGKILL: time enough for a step and a checkpoint. */
const gracePeriod = 120

/**
 * An Indexed Job of workers, as YAML for `kubectl apply`. Each index is a worker; its pod is started again if its node
 * is lost (which counts as no attempt) or it dies, and not if a unit failed (exit code 1): another attempt would fail
 * as well. A worker that finds everything done ends well, so the Job is complete when the tables are.
 */
export const indexedJob = ({
  name,
  image,
  command,
  workers,
  cpus,
  gpus,
  resultsClaim,
  resultsPath,
  dataClaim,
  dataPath,
}: JobRequest): string => {
  const limits = {
    ...(cpus === undefined ? {} : { cpu: String(cpus) }),
    ...(gpus === 0 ? {} : { 'nvidia.com/gpu': String(gpus) }),
  }
  const volume = (called: string, claimName: string, readOnly: boolean) => ({
    name: called,
    persistentVolumeClaim: { claimName, ...(readOnly && { readOnly }) },
  })
  return stringify(
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        completionMode: 'Indexed',
        completions: workers,
        parallelism: workers,
        backoffLimitPerIndex: attemptsPerWorker,
        // As far as the others can get, they get.
        maxFailedIndexes: workers,
        podFailurePolicy: {
          rules: [
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
            {
              action: 'FailIndex',
              onExitCodes: { containerName: 'worker', operator: 'In', values: [1, 2] },
            },
          ],
        },
        template: {
          spec: {
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: gracePeriod,
            containers: [
              {
                name: 'worker',
                image,
                command: [...command],
                ...(Object.keys(limits).length > 0 && { resources: { limits } }),
                volumeMounts: [
                  { name: 'results', mountPath: resultsPath },
                  ...(dataClaim === undefined
                    ? []
                    : [{ name: 'data', mountPath: dataPath, readOnly: true }]),
                ],
              },
            ],
            volumes: [
              volume('results', resultsClaim, false),
              ...(dataClaim === undefined ? [] : [volume('data', dataClaim, true)]),
            ],
          },
        },
      },
    },
    // kubectl reads YAML 1.1, in which a bare `yes` is no text.
    { lineWidth: 0, version: '1.1' },
  )
}
