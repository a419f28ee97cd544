import type { IconName } from "../../components/basic/icons.ts";
import type { PaletteLink } from "../../components/basic/page.ts";
import { deviceLooks } from "../../components/devices/looks.ts";
import { listDevices } from "../../data/devices.ts";
import { pages } from "../../pages/index.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { theme } from "../../state/theme.ts";

export interface Entry {
  readonly group: string;
  readonly text: string;
  readonly detail?: string;
  readonly icon: IconName;
  readonly run: () => void;
}

const MAX_DEVICES = 8;

const themes = [
  { name: "light", text: "Theme: light", icon: "light" },
  { name: "dark", text: "Theme: dark", icon: "dark" },
  { name: "auto", text: "Theme: system", icon: "monitor" },
] as const;

export function knownEntries(): readonly Entry[] {
  const links: readonly PaletteLink[] = [
    ...pages.flatMap(({ path, navigation }) => (navigation ? [{ ...navigation, href: path }] : [])),
    ...pages.flatMap(({ palette = [] }) => palette),
  ];
  return [
    ...links
      .filter(({ shown }) => shown?.() !== false)
      .map(({ text, icon, href }) => ({ group: "Go to", text, icon, run: () => navigate(href) })),
    ...themes.map(({ text, icon, name }) => ({ group: "Actions", text, icon, run: () => theme.set(name) })),
  ];
}

export function matching(entries: readonly Entry[], text: string): readonly Entry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter((entry) => words.every((word) => entry.text.toLowerCase().includes(word)));
}

/** @throws ApiError */
export async function deviceEntries(text: string, signal: AbortSignal): Promise<readonly Entry[]> {
  const { items, total } = await listDevices({ search: text, limit: MAX_DEVICES }, signal);
  const found = items.map(
    ({ id, name, status }): Entry => ({
      group: "Devices",
      text: id,
      detail: [name, deviceLooks[status].text].filter(Boolean).join(" · "),
      icon: deviceLooks[status].icon,
      run: () => navigate(paths.device(id)),
    }),
  );
  if (total <= items.length) return found;
  const run = () => navigate(`${paths.fleet}?search=${encodeURIComponent(text)}`);
  return [...found, { group: "Devices", text: `All ${total.toLocaleString()} matches`, icon: "forward", run }];
}
