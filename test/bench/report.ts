import { isMet, judged, type Result } from "./measure.ts";

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

export interface Machine {
  readonly natsServer: string;
  /** Whether nats-server syncs each append, unless a result's name says otherwise. */
  readonly fsync: boolean;
  readonly node: string;
  readonly cores: number;
  readonly model: string | undefined;
}

export function headOf({ natsServer, fsync, node, cores, model = "unknown" }: Machine): string {
  const sync = fsync ? "fsync on every append unless a line says otherwise" : "without fsync on every append";
  return `nats-server ${natsServer}, ${sync} | Node ${node} | ${cores} cores, ${model}`;
}

export function lineOf(result: Result): string {
  const { name, value, unit, reference, goal } = result;
  const parts = [`${name}: ${number.format(value)} ${unit}`];
  if (reference !== undefined) {
    parts.push(`${reference.name}: ${number.format(reference.value)} ${unit}`, `ratio ${judged(result).toFixed(2)}`);
  }
  if (goal !== undefined) {
    const wanted = goal.atLeast === undefined ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
    parts.push(`${isMet(result) ? "reached" : "NOT REACHED"} (${wanted})`);
  }
  return parts.join(" | ");
}
