/**
 * What a file of `catalogue/` exports as `attack`: one attack, or an ensemble that consists of
 * others.
 *
 * @module
 */
import type { Schema } from "../schema.ts";
import type { Attack } from "./attack.ts";
import type { Losses } from "./loss.ts";

/** What both kinds of rule say. */
interface Described<Settings extends object> {
  /** As profiles and cells name it, for example `apgd-t`; its file is `apgd_t.ts`. */
  readonly name: string;
  /** As tables name it. */
  readonly title: string;
  /** Where its update rule and its parameters are published. */
  readonly source: string;
  /** Reads the settings, as a profile writes them. */
  readonly parameters: Schema<Settings>;
  /**
   * The published settings.
   *
   * @param epsilon Radius in pixels in [0, 1], of which step sizes may be shares
   */
  defaults(epsilon: number): Settings;
}

/** What an attack is made for. */
export interface AttackTarget {
  readonly classes: number;
  readonly image: readonly [height: number, width: number, channels: number];
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Names all random streams, together with the attack and the image's number. */
  readonly seed: bigint | number;
}

/** An attack that runs by itself. */
export interface SingleAttack<Settings extends object = object, State extends object = object>
  extends Described<Settings> {
  readonly kind: "attack";
  /** Whether it follows gradients; what finds more without them hints at masked gradients. */
  readonly gradient: boolean;
  /** Losses whose gradients it asks for, by the names in its requests. */
  readonly losses: Losses;
  /** Fewest classes for which its loss is defined; 2 by default. */
  readonly classes?: number;
  /** Attacks that should leave nothing for it to find; it hints at a fault of theirs otherwise. */
  readonly weakerThan?: readonly string[];
  /** Makes it, for a number of classes, a shape of images, a radius and a seed. */
  create(settings: Settings, target: AttackTarget): Attack<State>;
}

/** An attack and its settings; what they leave out is as published. */
export interface ChosenAttack {
  readonly attack: string;
  readonly settings: object;
}

/** Attacks one after another, each on the images that the ones before it left robust. */
export interface Ensemble<Settings extends object = object> extends Described<Settings> {
  readonly kind: "ensemble";
  /** What it consists of under its settings, in order. */
  members(settings: Settings): readonly ChosenAttack[];
}

/** What `catalogue/` holds. */
export type AttackRule = SingleAttack | Ensemble;
