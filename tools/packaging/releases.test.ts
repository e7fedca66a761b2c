import { join } from 'node:path'
import getReleasePlanModule from '@changesets/get-release-plan'
import { expect, test } from 'vitest'

// A CommonJS module whose function stands under `default` twice.
const getReleasePlan =
  (getReleasePlanModule as unknown as { default?: typeof getReleasePlanModule }).default ??
  getReleasePlanModule

test('no package gets a major version that no changeset asks for', async () => {
  const { releases, changesets } = await getReleasePlan(join(import.meta.dirname, '../..'))
  const asked = changesets.flatMap((changeset) => changeset.releases)
  const unasked = releases
    .filter(({ type }) => type === 'major')
    .filter(({ name }) => !asked.some((each) => each.name === name && each.type === 'major'))
  expect(unasked.map(({ name, newVersion }) => `${name} ${newVersion}`)).toEqual([])
})
