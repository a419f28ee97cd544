import type { Page } from "playwright-core";
import type { LivelyFleet } from "../lively-fleet.ts";

/** A state of the pages, for tests and screenshots. */
export interface View {
  readonly name: string;
  readonly path: string;
  readonly shown: (page: Page) => Promise<unknown>;
  readonly signedOut?: true;
  /** Whether the app must be loaded again, because it keeps results of previous views. */
  readonly fresh?: true;
  /** Whether the heading is the result of an action instead of the page's title. */
  readonly result?: true;
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole("heading", { name }).first().waitFor();
const text = (what: string | RegExp) => (page: Page) =>
  page.getByText(what).filter({ visible: true }).first().waitFor();

function then(first: View["shown"], act: (page: Page) => Promise<unknown>, last: View["shown"]): View["shown"] {
  return async (page) => {
    await first(page);
    await act(page);
    await last(page);
  };
}

const dialog = (name: string | RegExp) => (page: Page) => page.getByRole("dialog", { name }).waitFor();

async function register(page: Page): Promise<void> {
  await text(/is free/)(page);
  await page.getByRole("textbox", { name: /^Name/ }).fill("Cold store, door 2");
  await page.getByRole("button", { name: "Register device" }).click();
}

const run = (page: Page) => page.getByRole("button", { name: /^Run/ }).click();

const tryIt = (page: Page) => page.getByRole("button", { name: "Try" }).click();

const COUNTING =
  "// Events of each device\nfunction evolve(row = { events: 0 }) {\n  return { events: row.events + 1 };\n}";

/** Every page needs a line here. */
export function viewsOf({ device, commands }: LivelyFleet): readonly View[] {
  const onDevice = heading(device);
  const onFleet = (page: Page) => page.getByRole("grid", { name: "Devices" }).getByText("gate-north").waitFor();
  const at = `/devices/${device}`;
  const more = (item: string) => async (page: Page) => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  return [
    { name: "sign-in", path: "/sign-in", shown: heading("Sign in to Fleetlog"), signedOut: true },
    { name: "fleet", path: "/devices", shown: onFleet },
    { name: "fleet-nothing-found", path: "/devices?search=nothing", shown: heading("No device matches") },
    {
      name: "fleet-selected",
      path: "/devices",
      shown: then(
        onFleet,
        (page) => page.getByRole("checkbox", { name: "Select gate-north" }).check(),
        text(/1 .*selected/),
      ),
    },
    {
      name: "fleet-time",
      path: "/devices",
      shown: then(onFleet, (page) => page.keyboard.press("t"), text("Choose a time")),
    },
    { name: "fleet-past", path: "/devices?at=60", shown: then(onFleet, text("This is the past"), text("After event")) },
    {
      name: "fleet-past-selected",
      path: "/devices?at=60",
      shown: then(
        onFleet,
        (page) => page.getByRole("checkbox", { name: "Select gate-north" }).check(),
        text("off in the past"),
      ),
    },
    { name: "device", path: at, shown: then(onDevice, (page) => text("pressure")(page), text("set-speed")) },
    {
      name: "device-past",
      path: `${at}?at=${new Date().toISOString()}`,
      shown: then(onDevice, text("This is the past"), text("pressure")),
    },
    { name: "device-edit", path: at, shown: then(onDevice, (page) => page.keyboard.press("e"), dialog(/^Edit/)) },
    { name: "device-retire", path: at, shown: then(onDevice, more("Retire…"), dialog(/^Retire/)) },
    {
      name: "device-incident",
      path: at,
      shown: then(onDevice, more("File of an incident…"), dialog(/^File of an incident/)),
    },
    { name: "device-unknown", path: "/devices/nobody", shown: heading("There is no device nobody") },
    {
      name: "device-waiting",
      path: "/devices/gate-north",
      shown: then(heading("gate-north"), text("open"), text("open")),
    },
    { name: "device-never", path: "/devices/sensor-roof-1", shown: heading("sensor-roof-1") },
    { name: "device-retired", path: "/devices/pump-hall-1", shown: heading("pump-hall-1") },
    { name: "commands", path: "/commands", shown: then(heading("Commands"), text("calibrate"), text("read-now")) },
    { name: "command", path: `/commands/${commands.completed}`, shown: heading(/set-speed/) },
    { name: "command-failed", path: `/commands/${commands.failed}`, shown: heading(/calibrate/) },
    { name: "command-waiting", path: `/commands/${commands.waiting}`, shown: heading(/open/) },
    {
      name: "changes",
      path: "/history?from=10",
      shown: then(
        heading("What changed"),
        (page) => page.getByRole("list", { name: "Changes" }).waitFor(),
        (page) => page.locator("summary").first().click(),
      ),
    },
    { name: "changes-none", path: "/history?from=10&cause=provisioning", shown: heading("Nothing changed") },
    {
      name: "chain",
      path: `/history/chains/${commands.completed}`,
      shown: then(heading("Cause and effect"), text("CommandIssued"), text("CommandCompleted")),
    },
    {
      name: "trials",
      path: "/history/trials?timeout=10m",
      shown: then(heading("Trials"), tryIt, text(/No disconnection|fewer/)),
    },
    {
      name: "trials-projection",
      path: `/history/trials?try=projection&code=${encodeURIComponent(COUNTING)}`,
      shown: then(heading("Trials"), tryIt, text(/rows? from/)),
      fresh: true,
    },
    {
      name: "trials-scan",
      path: "/history/trials?try=scan",
      shown: then(heading("Trials"), tryIt, text(/would have/)),
      fresh: true,
    },
    {
      name: "palette",
      path: "/devices",
      shown: then(onFleet, (page) => page.keyboard.press("Control+k"), dialog("Find a device or an action")),
    },
    {
      name: "shortcuts",
      path: "/devices",
      shown: then(onFleet, (page) => page.keyboard.press("?"), dialog("Keyboard shortcuts")),
    },
    { name: "register", path: "/register", shown: text(/is free/) },
    {
      name: "registered",
      path: "/register",
      shown: then(heading("Register a device"), register, text("Waiting for its first connection…")),
      result: true,
    },
    { name: "gateways", path: "/gateways", shown: then(heading("Gateways"), text("projector-1"), text("gateway-1")) },
    { name: "provision-requests", path: "/onboarding", shown: heading("No provision requests yet") },
    {
      name: "provision-request-new",
      path: "/onboarding",
      shown: then(
        heading("Provision requests"),
        (page) => page.getByRole("button", { name: "New request" }).click(),
        dialog("New provision request"),
      ),
    },
    { name: "channels", path: "/channels", shown: heading("Channels") },
    { name: "updates", path: "/updates", shown: heading("Add a catalogue first") },
    {
      name: "updates-found",
      path: "/updates?state=never",
      shown: (page) => page.getByRole("list", { name: "Devices and their updates" }).waitFor(),
    },
    { name: "catalogues", path: "/updates/catalogues", shown: heading("No catalogues yet") },
    {
      name: "catalogue-new",
      path: "/updates/catalogues",
      shown: then(
        heading("No catalogues yet"),
        (page) => page.getByRole("button", { name: "Add catalogue" }).click(),
        dialog("Add a catalogue"),
      ),
    },
    { name: "scans", path: "/updates/scans", shown: heading("No scans yet") },
    { name: "imports", path: "/onboarding/imports", shown: heading("No imports yet") },
    {
      name: "sql",
      path: `/history/sql?sql=${encodeURIComponent("SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY n DESC")}`,
      shown: then(heading("SQL"), run, (page) => page.getByRole("table").waitFor()),
    },
    {
      name: "sql-error",
      path: `/history/sql?sql=${encodeURIComponent("SELECT type\nFROM evnts")}`,
      shown: then(heading("SQL"), run, text("Go to line 2, column 6")),
    },
    { name: "exports", path: "/history/exports?format=csv", shown: text("To continue that") },
    { name: "audit", path: "/audit", shown: then(heading("Audit"), text("device.register"), text("127.0.0.1")) },
    { name: "nowhere", path: "/nowhere", shown: heading("There is no such page") },
  ];
}
