import type { Renderer } from '../renderer.js'
import type { Report } from '../report.js'
import { claimEvidence, verdictText } from '../text/claim-text.js'
import { arxivPage, placeOf } from '../text/source-text.js'

const processCrate = 'https://w3id.org/ro/wfrun/process/0.5'

/** An entity of the crate's graph. */
type Entity = Readonly<Record<string, unknown>> & { readonly '@id': string }

const ref = ({ '@id': id }: Entity): { readonly '@id': string } => ({ '@id': id })

/**
 * The report's numbers and verdicts with their provenance, as the metadata file of a Process Run Crate (RO-Crate 1.1): the
 * run is an action, whose instruments are the packages that computed, whose objects are the data sets, and whose results
 * are the numbers of each cell and the verdict on each claim. Write it as `ro-crate-metadata.json` into a folder of its
 * own.
 */
export const renderRoCrate = (report: Report): string => {
  const { provenance, source } = report
  const [begun, ended] = provenance.made ?? []
  // Counts are made by the report itself.
  const wasRun = begun !== undefined || report.tier === null
  const harness: Entity = {
    '@id': `pkg:npm/@retable/harness@${provenance.harness}`,
    '@type': 'SoftwareApplication',
    name: '@retable/harness',
    url: 'pkg:npm/@retable/harness',
    version: provenance.harness,
  }
  const packages = new Map(
    provenance.environments.flatMap((environment) => Object.entries(environment.packages)),
  )
  const instruments: readonly Entity[] = [...packages].map(([name, version]) => ({
    '@id': `pkg:npm/${name}@${version}`,
    '@type': 'SoftwareApplication',
    name,
    url: `pkg:npm/${name}`,
    version,
  }))
  const paper: Entity = {
    '@id': source.arxiv === undefined ? `#paper` : arxivPage(source.arxiv),
    '@type': 'ScholarlyArticle',
    name: placeOf(source),
  }
  const data: readonly Entity[] = provenance.data.map(({ request, fingerprint, note }) => ({
    '@id': `#data-${fingerprint.slice(0, 16)}`,
    '@type': 'PropertyValue',
    name: JSON.stringify(request),
    propertyID: 'SHA-256',
    value: fingerprint,
    ...(note !== null && { description: note }),
  }))
  const numbers: readonly Entity[] = report.cells.flatMap((cell) =>
    cell.numbers.flatMap(({ metric, values }) =>
      values.map(({ seed, value }) => ({
        '@id': `#${encodeURIComponent(`${cell.id}/${metric}/${seed}`)}`,
        '@type': 'PropertyValue',
        name: `${metric} of ${cell.id}, seed ${seed}`,
        value,
      })),
    ),
  )
  const claims: readonly Entity[] = report.claims.map((claim) => ({
    '@id': `#claim-${encodeURIComponent(claim.id)}`,
    '@type': 'PropertyValue',
    name: `${claim.text} (${claim.cite})`,
    value: claim.verdict,
    description: `${verdictText(claim)}: ${claimEvidence(claim, report)}`,
  }))
  const action: Entity = {
    '@id': '#run',
    '@type': 'CreateAction',
    name: report.command,
    description: [
      `${report.tierDescription}; seeds ${report.seeds.join(', ')}`,
      ...provenance.warnings,
      ...(wasRun ? [] : ['Not run yet: this says what the command would make.']),
    ].join(' '),
    instrument: [harness, ...instruments].map(ref),
    object: [paper, ...data].map(ref),
    result: [...numbers, ...claims].map(ref),
    actionStatus: {
      '@id': `http://schema.org/${wasRun ? 'CompletedActionStatus' : 'PotentialActionStatus'}`,
    },
    ...(begun !== undefined && { startTime: begun, endTime: ended }),
  }
  const process: Entity = {
    '@id': processCrate,
    '@type': 'CreativeWork',
    name: 'Process Run Crate',
    version: '0.5',
  }
  const root: Entity = {
    '@id': './',
    '@type': 'Dataset',
    name: report.title,
    description: `${placeOf(source)}, reproduced: ${report.tierDescription}`,
    datePublished: (ended ?? new Date().toISOString()).slice(0, 10),
    license: { '@id': 'https://spdx.org/licenses/Apache-2.0' },
    conformsTo: ref(process),
    mentions: ref(action),
    about: ref(paper),
  }
  const graph: readonly Entity[] = [
    {
      '@id': 'ro-crate-metadata.json',
      '@type': 'CreativeWork',
      conformsTo: { '@id': 'https://w3id.org/ro/crate/1.1' },
      about: ref(root),
    },
    root,
    process,
    {
      '@id': 'https://spdx.org/licenses/Apache-2.0',
      '@type': 'CreativeWork',
      name: 'Apache License 2.0',
    },
    action,
    harness,
    ...instruments,
    paper,
    ...new Map(data.map((entity) => [entity['@id'], entity])).values(),
    ...numbers,
    ...claims,
  ]
  return `${JSON.stringify({ '@context': 'https://w3id.org/ro/crate/1.1/context', '@graph': graph }, null, 2)}\n`
}

/** See {@link renderRoCrate}. */
export const roCrate: Renderer = { name: 'ro-crate', extension: '.json', render: renderRoCrate }
