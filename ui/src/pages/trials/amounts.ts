/** Units of durations in the API, with their names on the page. */
export const UNITS = { s: "seconds", m: "minutes", h: "hours", d: "days" } as const;
export type Unit = keyof typeof UNITS;

export interface Amount {
  /** Decimal digits; "": none. */
  readonly number: string;
  readonly unit: Unit;
}

/** @param text such as `90s`; undefined for any other form */
export function amountIn(text: string): Amount | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  return number === undefined ? undefined : { number, unit: unit as Unit };
}

/** As in the API; "" without a number. */
export function durationOf({ number, unit }: Amount): string {
  return number === "" ? "" : `${number}${unit}`;
}
