import type { Load } from "@fleetlog/simulators/load";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";

/** Resolves when each load has got 200 more acknowledgements. */
export async function flowing(loads: readonly Load[]): Promise<void> {
  await Promise.all(
    loads.map((load) => {
      const before = load.report().acknowledged;
      return eventually(() => expect(load.report().acknowledged).toBeGreaterThan(before + 200), 60_000);
    }),
  );
}
