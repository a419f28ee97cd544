import type { Audit } from "../../support/audit.ts";

export interface KindReport {
  readonly name: string;
  readonly count: number;
  /** Seconds from the fault's end until all loads got acknowledgements again. */
  readonly recovery: { readonly median: number; readonly longest: number };
}

export interface Report extends Audit {
  readonly seed: number;
  readonly minutes: number;
  readonly faults: number;
  readonly kinds: readonly KindReport[];
  /** Kinds that this machine can't have, with the reason. */
  readonly leftOut: readonly string[];
  readonly natsServer: string;
  /** No recovery, a process that did not end or start, or wrong views at the end. */
  readonly failures: readonly string[];
}

export function kindReport(name: string, seconds: readonly number[]): KindReport {
  const sorted = [...seconds].sort((a, b) => a - b);
  const at = (index: number) => Math.round((sorted[index] ?? 0) * 10) / 10;
  return { name, count: seconds.length, recovery: { median: at(sorted.length >> 1), longest: at(sorted.length - 1) } };
}

export function linesOf(report: Report): string[] {
  const width = Math.max(...report.kinds.map(({ name }) => name.length));
  return [
    `${report.faults} faults in ${report.minutes} min, seed ${report.seed}, nats-server ${report.natsServer}`,
    ...report.kinds.map(
      ({ name, count, recovery }) =>
        `  ${name.padEnd(width)}  ${String(count).padStart(4)}  recovered after ${recovery.median} s, at most ${recovery.longest} s`,
    ),
    ...report.leftOut.map((text) => `  left out: ${text}`),
    ...report.failures.map((text) => `  FAILED: ${text}`),
    ...report.examples.map((text) => `  ${text}`),
    `${report.acknowledged} acknowledged, ${report.lost} lost, ${report.doubled} doubled, ${report.outOfOrder} out of order`,
  ];
}

export const isGood = ({ lost, doubled, outOfOrder, failures }: Report) =>
  lost + doubled + outOfOrder + failures.length === 0;
