import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The function that starts the garbage collector, as `--expose-gc` defines it. */
type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

/**
 * Lets the heap grow to twice what is in use before a collection. V8's default on a machine with much memory is four times
 * that.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString("--heap-growing-percent=100");
}

/**
 * Collects all garbage and returns memory to the system. V8 by itself does that only in an idle process. Blocks for about
 * 0.1 s.
 */
export function returnMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
