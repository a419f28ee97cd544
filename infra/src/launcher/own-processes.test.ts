import { loadSettings } from "@fleetlog/runtime/node";
import { expect, it } from "vitest";
import { ownProcesses } from "./own-processes.ts";
import { launcherSettings } from "./settings.ts";

it("the gateway's line names the open ports, those of dialects too", () => {
  const settings = loadSettings(launcherSettings, { FLEETLOG_HTTP_PORT: "1", FLEETLOG_MQTT_PORT: "2" });
  const gateway = ownProcesses.find(({ name }) => name === "gateway");
  const common = "HTTP and WebSocket on 127.0.0.1:1, MQTT on 127.0.0.1:2";
  expect(gateway?.describe(settings, {})).toBe(common);
  expect(gateway?.describe(settings, { dialectPorts: { edgebind: 3333 } })).toBe(
    `${common}, edgebind on 127.0.0.1:3333`,
  );
});
