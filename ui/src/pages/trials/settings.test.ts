import { expect, it } from "vitest";
import { bodyOf, NO_SETTINGS, settingsFormat, settingsText } from "./settings.ts";

const settings = { ...NO_SETTINGS, lease: "60s", from: "5000", group: "roof", account: "main" };

it("settings are in the URL under the names that the API call has for them", () => {
  expect(settingsFormat.write(settings).toString()).toBe("lease=60s&from=5000&group=roof&account=main");
  expect(settingsFormat.read(new URLSearchParams("lease=60s&from=5000&group=roof&account=main&at=7"))).toEqual(
    settings,
  );
});

it("settings become a request body, without empty ones", () => {
  const body = { presence: { lease: "60s" }, from: "5000", group: "roof", account: "main" };
  expect(bodyOf(settings)).toEqual(body);
  expect(bodyOf({ ...NO_SETTINGS, timeout: "90s" })).toEqual({ presence: { timeout: "90s" } });
});

it("settings of a projection become a request body, and are in the URL unless the code is too long", () => {
  const code = "// Sessions\nfunction evolve() {}";
  const own = { ...NO_SETTINGS, try: "projection", code, categories: "session, device,", device: "pump-7" } as const;
  expect(bodyOf(own)).toEqual({ projection: { code, categories: ["session", "device"] }, device: "pump-7" });
  expect(settingsFormat.read(settingsFormat.write(own))).toEqual({ ...own, categories: "session, device," });
  expect(settingsText(own)).toBe("Sessions, session and device, pump-7");
  expect(settingsText({ ...own, code: "function evolve() {}", categories: "", device: "" })).toBe("Projection");
  const long = settingsFormat.write({ ...own, code: "x".repeat(5_000) });
  expect([long.get("code"), long.get("try"), long.get("device")]).toEqual([null, "projection", "pump-7"]);
  expect(settingsFormat.read(new URLSearchParams("try=other")).try).toBe("");
});

it("settings of a scan become a request body, and are in the URL unless the packages are too long", () => {
  const packages = '{"packages":[{"name":"a","category":"software","version":"2","title":"A"}]}';
  const scan = { ...NO_SETTINGS, try: "scan", packages, to: "5000" } as const;
  const tried = [{ name: "a", category: "software", version: "2" }];
  expect(bodyOf(scan)).toEqual({ scan: { packages: tried }, to: "5000" });
  expect(bodyOf({ ...scan, catalogue: "vendor" })).toMatchObject({ scan: { catalogue: "vendor", packages: tried } });
  expect(settingsFormat.read(settingsFormat.write(scan))).toEqual(scan);
  expect(settingsText({ ...scan, group: "roof" })).toBe("Another catalogue, group roof");
  expect(settingsFormat.write({ ...scan, packages: "x".repeat(5_000) }).has("packages")).toBe(false);
});

it("settings have a name that lists them", () => {
  expect(settingsText({ ...settings, timeout: "90s" })).toBe("Lease 60s, time-out 90s, group roof");
  expect(settingsText({ ...NO_SETTINGS, timeout: "90s", device: "pump-7" })).toBe("Time-out 90s, pump-7");
});
