import { adapterText, canTrain, isSoftware, offerOf, pageBackends, type Offer } from './backends.js'
import { at, element } from './dom.js'

/** The backends on offer, and which of them runs the units. */
export interface Offers {
  /** Tries every backend, and shows each as soon as it is known. */
  readonly find: () => Promise<void>
  /** Shows them as a list to choose from; not while units run. */
  readonly show: () => void
  /** The one that was asked for if it loads, or else the fastest that can train; undefined until they have been tried. */
  readonly backend: () => string | undefined
}

/** The list of backends; `choose` hears the reader's choice. */
export const createOffers = (page: {
  readonly asked: () => string | undefined
  readonly running: () => boolean
  readonly choose: (backend: string) => void
}): Offers => {
  const offers = new Map<string, Offer>()

  const backend = (): string | undefined => {
    if (offers.size < pageBackends.length) return undefined
    const asked = page.asked()
    if (asked !== undefined && offers.get(asked)?.ok) return asked
    const usable = pageBackends.filter((name) => canTrain(offers.get(name)!))
    return usable.find((name) => !isSoftware(offers.get(name)!))
  }

  const show = (): void => {
    at('offers').replaceChildren(
      ...pageBackends.map((name) => {
        const offer = offers.get(name)
        const input = element('input', {
          type: 'radio',
          name: 'backend',
          value: name,
          checked: backend() === name,
          disabled: !offer || !canTrain(offer) || page.running(),
        })
        input.addEventListener('change', () => page.choose(name))
        const title = element('span', {}, element('strong', {}, name))
        const flags = [
          ...(offer && isSoftware(offer) ? ['software: slow'] : []),
          ...(offer?.ok && !canTrain(offer) ? ['16-bit: cannot train'] : []),
          ...(offer && !offer.ok ? ['not here'] : []),
        ]
        for (const flag of flags) title.append(element('span', { className: 'flag' }, flag))
        const about = element('small', {}, offer ? adapterText(offer) : 'looking …')
        return element('label', { className: 'offer' }, input, title, about)
      }),
    )
  }

  const find = async (): Promise<void> => {
    for (const name of pageBackends) {
      offers.set(name, await offerOf(name))
      show()
    }
  }

  return { find, show, backend }
}
