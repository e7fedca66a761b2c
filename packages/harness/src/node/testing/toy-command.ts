import { RetableError } from '@retable/core/host'
import { createCommand, type CommandOptions, type ReproductionCommand } from '../index.js'
import {
  countToy,
  evaluateToy,
  toyCount,
  toyFaults,
  toyTable1,
  toyTable2,
  trainToy,
} from './toy-paper.js'

/** What every toy command is made of. */
export const toyOptions: CommandOptions = {
  name: 'toy',
  version: '1.2.3',
  reproductions: [
    toyTable1,
    toyTable2,
    toyCount,
    toyFaults({
      good: undefined,
      thrown: 'throw',
      killed: 'kill',
      fine: undefined,
      hoarding: 'memory',
      fickle: 'once',
    }),
  ],
  units: [trainToy, evaluateToy, countToy],
  backends: ['auto', 'cpu'],
  useBackend: (name) => ({ name: name === 'auto' ? 'cpu' : name, why: 'it is there' }),
  listBackends: () => [{ name: 'cpu', found: true, note: 'always', details: 'plain JavaScript' }],
  openData: (request, { dir }) => {
    if (request['name'] === 'gone') throw new RetableError('not-found', 'there is no data set gone')
    return { fingerprint: `print of ${JSON.stringify(request)} in ${dir}` }
  },
  listData: (dir) => [{ name: 'toy', found: dir !== undefined, note: dir ?? 'nowhere' }],
  packages: { '@retable/core': '0.0.0' },
}

/** A toy command that keeps what it prints. */
export const captureCommand = (
  options: Partial<CommandOptions> = {},
): ReproductionCommand & { out(): string; err(): string } => {
  let out = ''
  let err = ''
  const command = createCommand({
    ...toyOptions,
    env: {},
    ...options,
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  })
  return { ...command, out: () => out, err: () => err }
}
