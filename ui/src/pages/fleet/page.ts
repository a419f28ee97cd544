import type { Page } from "../../components/basic/page.ts";
import { deviceLooks } from "../../components/devices/looks.ts";
import { paths } from "../../state/paths.ts";

export const fleetPage: Page = {
  path: paths.fleet,
  tag: "fl-fleet-page",
  title: () => "Fleet",
  load: () => import("./fleet-page.ts"),
  navigation: { text: "Fleet", icon: "device", key: "f" },
  palette: (["disconnected", "never-connected"] as const).map((status) => ({
    text: `Devices: ${deviceLooks[status].text.toLowerCase()}`,
    icon: deviceLooks[status].icon,
    href: `${paths.fleet}?status=${status}`,
  })),
};
