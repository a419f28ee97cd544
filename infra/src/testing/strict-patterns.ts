import { expect } from "vitest";

const IS_STRICT = Symbol.for("fleetlog.strict-patterns");

/**
 * Where a regular expression is expected, `toMatchObject` would accept every value, because a regular expression has no
 * properties of its own. Use `expect.stringMatching`.
 */
// Files of one worker share the list of testers, so only the first file adds this one.
const workers = globalThis as { [IS_STRICT]?: true };
if (workers[IS_STRICT] !== true) {
  workers[IS_STRICT] = true;
  expect.addEqualityTesters([
    (actual, expected) => (expected instanceof RegExp && !(actual instanceof RegExp) ? false : undefined),
  ]);
}
