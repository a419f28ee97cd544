/** Units of durations in the API, with their names on the page. */
export const UNITS = { s: "seconds", m: "minutes", h: "hours", d: "days" } as const;
export type Unit = keyof typeof UNITS;

export interface Amount {
  /** Decimal digits; "": none. */
  readonly number: string;
  readonly unit: Unit;
}

/** @param text such as `90s`; milliseconds become seconds; undefined for any other form */
export function amountIn(text: string): Amount | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return unit === "ms" ? { number: String(Number(number) / 1_000), unit: "s" } : { number, unit: unit as Unit };
}

/** The duration as the API has it; "" without a number. */
export function durationOf({ number, unit }: Amount): string {
  return number === "" ? "" : `${number}${unit}`;
}
