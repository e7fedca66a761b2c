import { synsetList } from './synset-list.js'

/** One of ImageNet's classes: a WordNet synset. */
export interface Synset {
  /** `n` and eight digits */
  readonly id: string
  /** its usual name: `tench` */
  readonly name: string
}

/** Whether a name (of a folder, say) is a synset id. */
export const isSynsetId = (name: string): boolean => /^n\d{8}$/.test(name)

/**
 * The thousand classes of ILSVRC-2012 in the order of their ids, which is the order of the outputs of torchvision's,
 * Keras's and Caffe's nets. The ids are the challenge's, the names WordNet's first words, told apart as torchvision does
 * if two classes share one (`crane bird`, `construction crane`).
 */
export const imagenetSynsets: readonly Synset[] = synsetList
  .trim()
  .split('\n')
  .map((line) => ({ id: line.slice(0, 9), name: line.slice(10) }))
