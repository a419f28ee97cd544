import type { Page } from "../../components/basic/page.ts";
import { commandLooks } from "../../components/devices/looks.ts";
import { paths } from "../../state/paths.ts";

export const commandsPage: Page = {
  path: paths.commands,
  tag: "fl-commands-page",
  title: () => "Commands",
  load: () => import("./commands-page.ts"),
  navigation: { text: "Commands", icon: "commands", key: "c" },
  palette: [
    { text: "Commands: open", icon: "hourglass", href: `${paths.commands}?state=open` },
    { text: "Commands: failed", icon: commandLooks.failed.icon, href: `${paths.commands}?state=failed` },
  ],
};
