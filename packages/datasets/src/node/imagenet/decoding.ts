// Types of decoding that name no decoder's package: what a reader's compiler follows from the public declarations.
import type { Image } from '@retable/transforms'

/** `exact`: Pillow's pixels to the bit; `fast`: a quicker decoder, whose pixels differ a little. */
export type Decoding = 'exact' | 'fast'

/** Every {@link Decoding}. */
export const decodings: readonly Decoding[] = ['exact', 'fast']

/** A file's bytes as RGB bytes. Its failure says in a few words what is wrong with the picture, without its name. */
export type Decoder = (bytes: Buffer) => Promise<Image>
