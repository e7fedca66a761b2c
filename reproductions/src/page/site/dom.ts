/** The element of this id, which index.html holds. */
export const at = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
/** Writes words into the element of this id. */
export const text = (id: string, words: string): void => {
  at(id).textContent = words
}
/** Makes an element with its properties and children. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

/** Tells the reader something in the box above the form, until the next notice. */
export const notice = (words: string, kind: 'note' | 'error' = 'note', ...more: Node[]): void => {
  const box = at('notice')
  box.hidden = false
  box.className = kind === 'error' ? 'panel notice error' : 'panel notice'
  box.replaceChildren(element('p', {}, words), ...more)
}

export const noNotice = (): void => {
  at('notice').hidden = true
}
