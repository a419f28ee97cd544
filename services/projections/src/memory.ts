import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The garbage collector's own entry, as `--expose-gc` gives it. */
type Collect = (how: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

/**
 * From now on the heap grows to twice what is in use before it is collected. On a machine with much memory V8 by itself
 * goes to four times that.
 */
export function growSparingly(): void {
  setFlagsFromString("--heap-growing-percent=100");
}

/**
 * Collects all garbage and gives the pages back to the system: V8 alone does that only in a process that rests. Takes
 * about a tenth of a second, in which nothing else runs.
 */
export function giveMemoryBack(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
