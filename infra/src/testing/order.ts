/** Files that take longest, the longest first. */
const LONG = [
  "test/containers/cluster-contract",
  "test/containers/older-nats",
  "test/containers/compose",
  "test/containers/cluster-faults",
  "test/browser/accessibility",
  "test/conformance/access-matrix",
  "test/browser/live",
  "test/e2e/launcher",
  "test/browser/working",
  "test/e2e/reactors",
  "test/browser/big-fleet",
  "test/faults/dialects",
  "test/browser/time-control",
  "test/e2e/history-sql",
  "test/browser/older-devices",
  "test/e2e/agent.test",
  "test/browser/updates",
  "test/e2e/api-refusals",
  "test/e2e/history-export",
  "test/e2e/artifacts",
  "test/e2e/history-import",
  "test/e2e/updates",
  "test/faults/acknowledged",
  "test/faults/storm",
  "services/history/src/sql/queries",
  "services/history/src/as-of/stored-as-of",
  "gateway/src/http/idempotency/interrupted",
  "services/history/src/store/history-store",
  "services/history/src/telemetry/damage",
  "infra/src/launch.test",
  "services/log/src/jetstream/append/pipeline-batches",
  "services/projections/src/views/devices/list",
  "services/history/src/store/stream-history",
];
const FOLDERS = ["test/faults", "test/e2e", "test/conformance"];
const BROWSER = "test/browser";

/**
 * Long files first: a long file at the end would keep one worker busy while the others have nothing to do.
 *
 * Files with a browser, which need much processor time, alternate with the others, which wait more.
 */
export function ordered<File>(files: readonly File[], pathOf: (file: File) => string): File[] {
  const rank = (file: File) => {
    const path = pathOf(file);
    const long = LONG.findIndex((part) => path.includes(part));
    if (long >= 0) return long;
    const folder = FOLDERS.findIndex((part) => path.includes(part));
    return LONG.length + (folder < 0 ? 0 : folder);
  };
  const sorted = files.toSorted((a, b) => rank(a) - rank(b));
  const browser = sorted.filter((file) => pathOf(file).includes(BROWSER));
  const others = sorted.filter((file) => !pathOf(file).includes(BROWSER));
  return alternating(browser, others);
}

function alternating<Item>(some: readonly Item[], others: readonly Item[]): Item[] {
  return Array.from({ length: Math.max(some.length, others.length) }, (_, i) => [
    ...some.slice(i, i + 1),
    ...others.slice(i, i + 1),
  ]).flat();
}
