import { expect, it } from "vitest";
import { bodyOf, type Entered, fileNameOf, isForModel, modelsIn, sourceOf } from "./fields.ts";

const entered: Entered = {
  ...{ source: "vendor", url: "https://vendor.example/api", fileName: "", models: "UC-*, IoT 300", certificate: "C" },
  ...{ key: "K", ca: "A", signedBy: "S", schedule: "0 3 * * *", description: "Gateways", enabled: true },
};

it("the form sends only the fields of the catalogue's source", () => {
  expect(bodyOf(entered)).toEqual({
    ...{ kind: "tpedm", url: "https://vendor.example/api", description: "Gateways", models: ["UC-*", "IoT 300"] },
    ...{ certificate: "C", key: "K", ca: "A", schedule: "0 3 * * *", enabled: true },
  });
  expect(bodyOf({ ...entered, source: "url" })).toMatchObject({ kind: "fleetlog", signedBy: "S", key: "K" });
  expect(bodyOf({ ...entered, source: "file", fileName: "pumps.json", models: "", schedule: undefined })).toEqual({
    ...{ kind: "fleetlog", url: "file:///pumps.json", description: "Gateways", signedBy: "S", enabled: true },
  });
});

it("the form omits empty fields, so that a stored key stays", () => {
  const empty = { ...entered, key: "", ca: "", description: "", models: " , ", schedule: "" };
  expect(bodyOf(empty)).toEqual({
    ...{ kind: "tpedm", url: "https://vendor.example/api", certificate: "C", enabled: true },
  });
});

it("the form finds the source of a catalogue", () => {
  expect(sourceOf({ kind: "tpedm", url: "https://a.example" })).toBe("vendor");
  expect(sourceOf({ kind: "fleetlog", url: "https://a.example/list" })).toBe("url");
  expect(sourceOf({ kind: "fleetlog", url: "file:///pumps.json" })).toBe("file");
  expect(fileNameOf("file:///pumps.json")).toBe("pumps.json");
  expect(fileNameOf("https://a.example/list")).toBe("");
});

it("the form reads models once each", () => {
  expect(modelsIn("UC-*;P 1,\nUC-*")).toEqual(["UC-*", "P 1"]);
});

it.each([
  [undefined, undefined, true],
  [["*"], undefined, false],
  [["UC-*"], "UC-8112A", true],
  [["UC-*"], "uc-8112A", false],
  [["P.1"], "PX1", false],
  [["A", "P*1"], "P-2-1", true],
])("the form matches patterns %s with the model %s: %s", (patterns, model, expected) => {
  expect(isForModel(patterns, model)).toBe(expected);
});
