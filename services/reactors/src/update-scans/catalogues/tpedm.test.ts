import { describe, expect, it } from "vitest";
import { NoAnswer, type OutgoingGet } from "../../outgoing/http.ts";
import { packagesIn, tpedm } from "./tpedm.ts";

const entry = {
  version: "2.2.0",
  buildNumber: "1800",
  firmwareVersion: "1.5.0",
  packageName: "ThingsPro-Edge",
  displayName: "ThingsPro Edge",
  size: 1_024,
  yamlUrl: "https://vendor.example/tpe.yaml",
  dependency: { minFirmwareVersion: "1.5.0" },
};

describe("a vendor's catalogue", () => {
  it("is asked by category and model, firmware first", async () => {
    const asked: OutgoingGet[] = [];
    const asking = {
      get: async (request: OutgoingGet) => {
        asked.push(request);
        return { status: 200, text: '{"data":[]}', retryAfter: undefined };
      },
      ...{ readFile: async () => "", now: () => 0, signal: new AbortController().signal },
    };
    const catalogue = {
      kind: "tpedm",
      url: "https://vendor.example/api/?v=1",
      enabled: true,
      certificate: "C",
    } as const;
    for (const question of tpedm.questions("UC 8112/A&x")) await tpedm.ask(catalogue, "K", question, asking);
    expect(asked.map(({ url }) => url)).toEqual([
      "https://vendor.example/api/packages?v=1&category=mil&model=UC+8112%2FA%26x",
      "https://vendor.example/api/packages?v=1&category=tpe&model=UC+8112%2FA%26x",
    ]);
    expect(asked[0]?.tls).toEqual({ cert: "C", key: "K" });
    expect(tpedm.questions(undefined)).toEqual([]);
  });

  it("has firmware by its own version, and software with its build and the firmware that it needs", () => {
    expect(packagesIn({ data: [entry] }, "firmware")).toMatchObject([{ package: "firmware", version: "1.5.0" }]);
    expect(packagesIn({ data: [entry] }, "software")).toEqual([
      {
        package: "thingspro",
        category: "software",
        version: "2.2.0",
        build: "1800",
        title: "ThingsPro Edge",
        size: 1_024,
        url: entry.yamlUrl,
        needs: { firmware: "1.5.0" },
      },
    ]);
    expect(packagesIn({ data: [{ ...entry, packageName: "viewer" }] }, "software")[0]?.package).toBe("viewer");
  });

  it("omits entries without a version, and fields of the wrong type", () => {
    const odd = [
      null,
      7,
      {},
      { version: "" },
      { version: {} },
      { version: "x".repeat(2_000) },
      { ...entry, packageName: "a\nb" },
    ];
    expect(packagesIn({ data: odd }, "software")).toEqual([]);
    const numbers = { version: 3, buildNumber: 17, size: "12", dependency: [], yamlUrl: 1, displayName: null };
    expect(packagesIn({ data: [numbers] }, "software")).toEqual([
      { package: "thingspro", category: "software", version: "3", build: "17", size: 12, url: "1" },
    ]);
  });

  it.each([null, 7, [], {}, { data: null }, { data: {} }])("is invalid without a list: %j", (answer) => {
    expect(() => packagesIn(answer, "firmware")).toThrow(NoAnswer);
  });
});
