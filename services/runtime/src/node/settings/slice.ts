import type { Setting } from "./setting.ts";

export type Declarations = Readonly<Record<string, Setting<unknown>>>;

/** @returns one line with the setting, the problem and the remedy; undefined without a problem */
export type SettingsCheck<T> = (settings: T) => string | undefined;

/** `T` is the type of the values. */
export interface Slice<T extends object> {
  readonly own: Declarations;
  readonly uses: readonly Slice<object>[];
  readonly checks: readonly SettingsCheck<never>[];
  /** Never set; it only carries the type. */
  readonly values?: T;
}

/** The values of a slice: `SettingsOf<typeof gatewaySettings>`. */
export type SettingsOf<S extends Slice<object>> = S extends Slice<infer T> ? T : never;

export function slice<const D extends Declarations = Empty, const U extends readonly Slice<object>[] = []>(parts: {
  readonly own?: D;
  readonly uses?: U;
  readonly checks?: readonly SettingsCheck<Values<D, U>>[];
}): Slice<Values<D, U>> {
  return { own: parts.own ?? {}, uses: parts.uses ?? [], checks: parts.checks ?? [] };
}

/** Each part once. A slice comes after the slices that it uses. */
export function partsOf(whole: Slice<object>): ReadonlySet<Slice<object>> {
  const parts = new Set<Slice<object>>();
  const add = (part: Slice<object>) => {
    if (parts.has(part)) return;
    for (const used of part.uses) add(used);
    parts.add(part);
  };
  add(whole);
  return parts;
}

/** @throws Error if two slices declare the same setting */
export function declarationsOf(whole: Slice<object>): ReadonlyMap<string, Setting<unknown>> {
  const all = new Map<string, Setting<unknown>>();
  for (const { own } of partsOf(whole)) {
    for (const [key, setting] of Object.entries(own)) {
      if (all.has(key)) throw new Error(`the setting ${key} is declared twice`);
      all.set(key, setting);
    }
  }
  return all;
}

type Empty = Readonly<Record<never, never>>;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
type OptionalKeys<D> = { [K in keyof D]: undefined extends ValueOf<D[K]> ? K : never }[keyof D];
type OwnValues<D> = { [K in Exclude<keyof D, OptionalKeys<D>>]: ValueOf<D[K]> } & {
  [K in OptionalKeys<D>]?: Exclude<ValueOf<D[K]>, undefined>;
};
type Intersected<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;
type UsedValues<U extends readonly Slice<object>[]> = Intersected<SettingsOf<U[number]>>;
type Values<D, U extends readonly Slice<object>[]> = Flat<OwnValues<D> & UsedValues<U>>;
type Flat<T> = { readonly [K in keyof T]: T[K] };
