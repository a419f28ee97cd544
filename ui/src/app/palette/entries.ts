import type { IconName } from "../../components/icons.ts";
import { commandLooks, deviceLooks } from "../../components/looks.ts";
import { listDevices } from "../../data/devices.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { theme } from "../../state/theme.ts";
import { routes } from "../routes.ts";

export interface Entry {
  readonly id: string;
  readonly group: string;
  readonly text: string;
  readonly detail?: string;
  readonly icon: IconName;
  readonly run: () => void;
}

const MOST_DEVICES = 8;

/** Places and actions, which are known at once. */
export function knownEntries(): readonly Entry[] {
  const places = routes.flatMap(({ path, nav }): Entry[] =>
    nav === undefined ? [] : [{ id: path, group: "Go to", text: nav.text, icon: nav.icon, run: () => navigate(path) }],
  );
  const statuses = (["disconnected", "never-connected"] as const).map((status): Entry => {
    const { text, icon } = deviceLooks[status];
    const run = () => navigate(`${paths.fleet}?status=${status}`);
    return { id: `status-${status}`, group: "Go to", text: `Devices: ${text.toLowerCase()}`, icon, run };
  });
  const commands = (["open", "failed"] as const).map((state): Entry => {
    const run = () => navigate(`${paths.commands}?state=${state}`);
    const icon = state === "open" ? "hourglass" : commandLooks.failed.icon;
    return { id: `commands-${state}`, group: "Go to", text: `Commands: ${state}`, icon, run };
  });
  const themes = (["light", "dark", "auto"] as const).map((name): Entry => {
    const text = { light: "Theme: light", dark: "Theme: dark", auto: "Theme: as the system" }[name];
    const icon = { light: "light", dark: "dark", auto: "monitor" } as const;
    return { id: `theme-${name}`, group: "Actions", text, icon: icon[name], run: () => theme.set(name) };
  });
  return [...places, ...statuses, ...commands, ...themes];
}

/** All words must occur. */
export function matching(entries: readonly Entry[], text: string): readonly Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => words.every((word) => entry.text.toLowerCase().includes(word)));
}

/** Devices that the gateway finds for a text. @throws ApiError */
export async function deviceEntries(text: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const { items, total } = await listDevices({ search: text, limit: MOST_DEVICES }, signal);
  const found = items.map(
    ({ id, name, status }): Entry => ({
      id: `device-${id}`,
      group: "Devices",
      text: id,
      detail: [name, deviceLooks[status].text].filter(Boolean).join(" · "),
      icon: deviceLooks[status].icon,
      run: () => navigate(paths.device(id)),
    }),
  );
  if (total <= items.length) return found;
  const run = () => navigate(`${paths.fleet}?search=${encodeURIComponent(text)}`);
  return [
    ...found,
    { id: "all-devices", group: "Devices", text: `All ${total.toLocaleString()} matches`, icon: "forward", run },
  ];
}
