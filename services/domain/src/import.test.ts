import { describe, expect, it } from "vitest";
import { fold } from "./decider.ts";
import type { Recorded } from "./envelope.ts";
import { type ImportEvent, type ImportState, importDecider } from "./import.ts";

const started = { type: "ImportStarted", data: { import: "i", kind: "devices", rows: 3, by: "ada" } } as const;
const ended = { type: "ImportEnded", data: { import: "i", created: 2, failed: 1 } } as const;
const read = { type: "ImportCredentialsRead", data: { import: "i", by: "ada" } } as const;

function stateAfter(...bodies: ImportEvent[]): ImportState | undefined {
  return fold(
    importDecider,
    bodies.map((body, i) => ({ ...body, seq: i + 1 }) as Recorded<ImportEvent>),
  );
}

describe("an import", () => {
  it("records its start and its end once", () => {
    expect(importDecider.decide({ type: "StartImport", ...started.data }, stateAfter())).toEqual([started]);
    expect(importDecider.decide({ type: "StartImport", ...started.data }, stateAfter(started))).toEqual([]);
    expect(importDecider.decide({ type: "EndImport", ...ended.data }, stateAfter(started))).toEqual([ended]);
    expect(importDecider.decide({ type: "EndImport", ...ended.data }, stateAfter(started, ended))).toEqual([]);
  });

  it("returns its credentials once", () => {
    const command = { type: "ReadCredentials", ...read.data } as const;
    expect(importDecider.decide(command, stateAfter(started, ended))).toEqual([read]);
    expect(() => importDecider.decide(command, stateAfter(started, ended, read))).toThrow(
      expect.objectContaining({ code: "credentials-gone" }),
    );
    expect(() => importDecider.decide(command, undefined)).toThrow(expect.objectContaining({ code: "import-unknown" }));
  });

  it("ignores an older event", () => {
    const state = stateAfter(started, ended, read);
    expect(importDecider.evolve(state, { ...ended, seq: 2 } as Recorded<ImportEvent>)).toBe(state);
    expect(state).toEqual({ id: "i", status: "ended", credentialsRead: true, seq: 3 });
  });
});
