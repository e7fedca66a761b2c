import type { Spec } from '@retable/optimizers'

/** A part of an image as the net sees it: a rectangle, mirrored left to right or not. */
export interface View {
  /** The first row, from 0. */
  readonly top: number
  /** The first column, from 0. */
  readonly left: number
  /** Rows. */
  readonly height: number
  /** Columns. */
  readonly width: number
  /** Whether left and right are exchanged. */
  readonly mirror: boolean
}

/** What is averaged: soft-max posteriors, or the scores before the soft-max, which then follows once. */
export type Averaging = 'posteriors' | 'scores'

/** How a class is found for an image in testing: which views the net sees and how its answers become one. */
export interface Protocol {
  /** The protocol in plain JSON, for records and configuration hashes. */
  readonly spec: Spec
  /** Whether the net runs fully-convolutionally and gives a map of scores, or plainly. */
  readonly dense: boolean
  /** How the positions of a score map are averaged (dense protocols only). */
  readonly positions: Averaging
  /** How the views of an image are averaged. */
  readonly average: Averaging
  /** The views of an image of this size; throws RetableError `invalid-shape` if it is too small. */
  views(height: number, width: number): readonly View[]
}
