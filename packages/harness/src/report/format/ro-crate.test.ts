import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { madeUpReport } from '../../node/testing/made-up-report.js'
import { renderRoCrate } from './ro-crate.js'

interface Entity {
  readonly '@id': string
  readonly '@type': string
  readonly [name: string]: unknown
}

test('a Process Run Crate: descriptor, root, one action, and every reference leads to an entity', () => {
  const text = renderRoCrate(madeUpReport())
  // For a validator of RO-Crates, run by hand: rocrate-validator validate -p process-run-crate-0.5 $RO_CRATE_DIR
  const dir = process.env['RO_CRATE_DIR']
  if (dir !== undefined) {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'ro-crate-metadata.json'), text)
  }
  const crate = JSON.parse(text) as { '@context': string; '@graph': Entity[] }
  expect(crate['@context']).toBe('https://w3id.org/ro/crate/1.1/context')
  const byId = new Map(crate['@graph'].map((entity) => [entity['@id'], entity]))
  expect(byId.size).toBe(crate['@graph'].length)
  expect(byId.get('ro-crate-metadata.json')).toMatchObject({
    about: { '@id': './' },
    conformsTo: { '@id': 'https://w3id.org/ro/crate/1.1' },
  })
  expect(byId.get('./')).toMatchObject({
    '@type': 'Dataset',
    conformsTo: { '@id': 'https://w3id.org/ro/wfrun/process/0.5' },
    mentions: { '@id': '#run' },
  })
  const action = byId.get('#run')!
  expect(action['@type']).toBe('CreateAction')
  for (const name of ['instrument', 'object', 'result']) {
    for (const { '@id': id } of action[name] as Entity[]) expect(byId.has(id), id).toBe(true)
  }
  // Two cells with five seeds and two metrics each, and two claims.
  expect(action['result']).toHaveLength(2 * 5 * 2 + 2)
  expect(byId.get('#claim-better')).toMatchObject({ value: 'supported' })
  expect(byId.get('#a%2Ftop1%2F1')).toMatchObject({ value: 29.9 })
})
