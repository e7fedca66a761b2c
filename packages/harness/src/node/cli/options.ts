import type { JsonObject } from '@retable/core/host'
import type { Command } from 'commander'
import type { Renderer } from '../../report/renderer.js'
import type { Reproduction } from '../../declare/reproduction.js'
import type { BackendInfo, OpenedData } from '../../unit/context.js'
import type { Unit, UnitDefinition } from '../../unit/unit.js'
import type { Output } from '../display/display.js'
import type { PageOptions } from '../page/page-options.js'

/** A line of `doctor`: something the machine has or lacks. */
export interface Finding {
  /** What was looked for. */
  readonly name: string
  /** Whether it is there. */
  readonly found: boolean
  /** What was found, or what to do about it. */
  readonly note: string
  /** More, for `--verbose`. */
  readonly details?: string
}

/** What {@link createCommand} is made from. */
export interface CommandOptions {
  /** The command as people type it: `retable`. */
  readonly name: string
  /** What `--version` prints. */
  readonly version: string
  /** The first line of `--help`. */
  readonly description?: string
  /** The tables, in the order in which `list` prints them. */
  readonly reproductions: readonly Reproduction[]
  /**
   * The kinds of work that the reproductions plan, each as `defineUnit` returned it: a child process, or another
   * machine, is sent a unit as JSON and finds its code here.
   */
  readonly units: readonly { readonly definition: UnitDefinition }[]
  /** Names that `--backend` takes; the first is the default. Left out if units compute without one. */
  readonly backends?: readonly string[]
  /** Loads and registers a backend; called once, and only when something is to be computed. */
  useBackend?(
    name: string,
    options: { readonly threads?: number | undefined },
  ): BackendInfo | Promise<BackendInfo>
  /** The backends that load here, for `doctor`. */
  listBackends?(): readonly Finding[] | Promise<readonly Finding[]>
  /**
   * Opens what a unit asked for with `context.data(request)`, in the folder {@link dataFolder}: `--data`, else
   * RETABLE_DATA, else `data`. The result's `fingerprint` goes into results. Left out if units open no data.
   *
   * What the configurations of units have under `data`, or under a name that ends in `Data`, is opened before the first
   * unit runs, so that a set which is missing does not end a run that has trained for hours.
   */
  openData?(
    request: JsonObject,
    where: { readonly dir: string; readonly signal: AbortSignal },
  ): OpenedData | Promise<OpenedData>
  /** The data sets found in a folder, for `doctor`. */
  listData?(dir: string): readonly Finding[] | Promise<readonly Finding[]>
  /** How units run in a browser; without it, none do. */
  readonly page?: PageOptions
  /** Versions of the packages whose code decides results, by name; recorded, and compared on resuming. */
  readonly packages?: Readonly<Record<string, string>>
  /** Report formats besides markdown, csv and json. */
  readonly renderers?: readonly Renderer[]
  /** Adds commands of one's own. */
  extend?(program: Command): void
  /** Where lines go (default: the process's). */
  readonly stdout?: Output
  /** Where errors and warnings go (default: the process's). */
  readonly stderr?: Output
  /**
   * How many units to run at a time if `--jobs` is not given (default: one). `pending` are the units without a result;
   * `paper` says whether a tier at the paper's scale is among them. At most as many as there are units are started.
   */
  jobsFor?(work: {
    readonly pending: readonly Unit[]
    readonly backend: string
    readonly paper: boolean
  }): number
  /** The script that `--jobs` starts again for its children (default: the one that was started). */
  readonly entry?: string
  /** The environment (default: the process's). */
  readonly env?: Readonly<Record<string, string | undefined>>
}

type Services = 'backends' | 'useBackend' | 'openData'

/** The options as the subcommands get them, with what was left out filled in. */
export interface CommandContext
  extends Omit<CommandOptions, Services>, Required<Pick<CommandOptions, Services>> {
  /** The words that start this command again, as they were typed: `npx retable`. */
  readonly typed: readonly string[]
  /** Whether to print stacks and details: `--verbose`, or DEBUG in the environment. */
  readonly verbose: boolean
}

type Env = Readonly<Record<string, string | undefined>>

/** The folder of data sets that was named: `--data`, else RETABLE_DATA; an empty one of either counts as not given. */
export const namedDataFolder = (data: string | undefined, env: Env): string | undefined =>
  data || env['RETABLE_DATA'] || undefined

/**
 * The folder of data sets: `--data`, else RETABLE_DATA, else `data` in the current folder. It need not be there: what is
 * downloaded makes it, if the folder that it lies in is there.
 */
export const dataFolder = (data: string | undefined, env: Env = process.env): string =>
  namedDataFolder(data, env) ?? 'data'

/** What every help says of the default of `--data`. */
export const dataDefault = '(default: RETABLE_DATA, else ./data)'
