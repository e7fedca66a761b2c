import type { Renderer } from '../../renderer.js'

/** One self-contained page with drawings. What it is made with is loaded when it is first asked for. */
export const html: Renderer = {
  name: 'html',
  extension: '.html',
  render: async (report) => (await import('./page.js')).renderPage(report),
}
