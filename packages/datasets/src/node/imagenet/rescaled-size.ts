/** The most pixels that an image is rescaled to: as many as sharp decodes at most. */
const MOST_PIXELS = 0x3fff ** 2

/** The greatest shorter side that images are rescaled to, in pixels. */
export const GREATEST_SHORTER_SIDE = 4096

/** Whether an image is so long that a shorter side below {@link GREATEST_SHORTER_SIDE} could make it too large. */
export const isLong = (height: number, width: number): boolean =>
  Math.max(height, width) >= 8 * Math.min(height, width)

/** Why an image cannot be rescaled to a shorter side, in few words; undefined if it can. */
export const tooLarge = (
  height: number,
  width: number,
  shorterSide: number,
): string | undefined => {
  const longer = Math.floor((shorterSide * Math.max(height, width)) / Math.min(height, width))
  return longer * shorterSide <= MOST_PIXELS
    ? undefined
    : `of ${height}×${width} it would be ${longer} pixels long at shorter side ${shorterSide}`
}
