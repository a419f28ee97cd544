import type { IconName } from "../components/icons.ts";
import { paths } from "../state/paths.ts";

export interface Route {
  /** Segments that begin with `:` are parameters, and become properties of the page's element. */
  readonly path: string;
  readonly tag: `fl-${string}-page`;
  readonly title: (parameters: Readonly<Record<string, string>>) => string;
  /** Defines the page's element. */
  readonly load: () => Promise<unknown>;
  /** Its place in the navigation, with the second key of its shortcut `g …`. */
  readonly nav?: { readonly text: string; readonly icon: IconName; readonly key: string };
}

/** A new page is a folder under pages/ and an entry here: address, navigation, palette and shortcut follow. */
export const routes: readonly Route[] = [
  {
    path: paths.fleet,
    tag: "fl-fleet-page",
    title: () => "Fleet",
    load: () => import("../pages/fleet/fleet-page.ts"),
    nav: { text: "Fleet", icon: "device", key: "f" },
  },
  {
    path: "/devices/:device",
    tag: "fl-device-page",
    title: ({ device = "" }) => device,
    load: () => import("../pages/device/device-page.ts"),
  },
  {
    path: paths.commands,
    tag: "fl-commands-page",
    title: () => "Commands",
    load: () => import("../pages/commands/commands-page.ts"),
    nav: { text: "Commands", icon: "commands", key: "c" },
  },
  {
    path: "/commands/:command",
    tag: "fl-command-page",
    title: () => "Command",
    load: () => import("../pages/command/command-page.ts"),
  },
  {
    path: paths.gateways,
    tag: "fl-gateways-page",
    title: () => "Gateways",
    load: () => import("../pages/gateways/gateways-page.ts"),
    nav: { text: "Gateways", icon: "gateway", key: "g" },
  },
  {
    path: paths.register,
    tag: "fl-register-page",
    title: () => "Register a device",
    load: () => import("../pages/register/register-page.ts"),
    nav: { text: "Register", icon: "plus", key: "r" },
  },
];

export interface Match {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

export function match(path: string): Match | undefined {
  const given = path.split("/").filter(Boolean);
  for (const route of routes) {
    const wanted = route.path.split("/").filter(Boolean);
    if (wanted.length !== given.length) continue;
    const parameters: Record<string, string> = {};
    const fits = wanted.every((segment, index) => {
      const value = given[index] ?? "";
      if (!segment.startsWith(":")) return segment === value;
      const decoded = decode(value);
      if (decoded === undefined) return false;
      parameters[segment.slice(1)] = decoded;
      return true;
    });
    if (fits) return { route, parameters };
  }
  return undefined;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
