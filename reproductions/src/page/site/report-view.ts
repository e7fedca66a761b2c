import { collectReport, html } from '@retable/harness'
import type { Plan } from '@retable/harness'
import type { PageStore } from '@retable/harness/page'

/** What of a report's own style is different inside a part of another page. */
const inPanel = `
:host { display: block; background: var(--background); color: var(--text); border: 1px solid var(--line);
  border-radius: 10px; padding: 0.25rem 1.1rem 1rem; font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { margin-top: 1rem; }
`

/**
 * Shows a plan's report unchanged: the harness's own HTML, in a shadow root, so that its style and the page's do not
 * meet. What the reader had scrolled sideways stays there.
 */
export const showReport = async (
  into: HTMLElement,
  plan: Plan,
  store: PageStore,
  command: string,
): Promise<void> => {
  const text = await html.render(await collectReport(plan, store, command))
  const page = new DOMParser().parseFromString(text, 'text/html')
  const root = into.shadowRoot ?? into.attachShadow({ mode: 'open' })
  const scrolled = [...root.querySelectorAll('.wide')].map(({ scrollLeft }) => scrollLeft)
  const style = document.createElement('style')
  const own = page.querySelector('style')?.textContent ?? ''
  style.textContent = own.replaceAll(':root', ':host').replace(/^body \{[^}]*\}/m, '') + inPanel
  root.replaceChildren(
    style,
    ...[...page.querySelectorAll('main')].map((one) => document.importNode(one, true)),
  )
  root.querySelectorAll('.wide').forEach((one, i) => (one.scrollLeft = scrolled[i] ?? 0))
}
