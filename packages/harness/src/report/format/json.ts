import type { Renderer } from '../renderer.js'

/** The report itself. */
export const json: Renderer = {
  name: 'json',
  extension: '.json',
  render: (report) => `${JSON.stringify(report, null, 2)}\n`,
}
