const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size in a suitable unit: `48.3 KiB`. */
export function bytes(count: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${threeDigits(count / 1024 ** step)} ${UNITS[step]}`;
}

/** About three digits: `0.5`, `12.3`, `1,234`. */
export function threeDigits(value: number): string {
  const digits = value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString(undefined, { maximumFractionDigits: digits });
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** A percentage. Only a share of 0 is 0 %, and only a share of 1 is 100 %. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share > 0.99 && share < 1) return "> 99 %";
  return `${Math.round(share * 100)} %`;
}
