import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { hasRole } from "../../state/session.ts";

export const channelsPage: Page = {
  path: paths.channels,
  tag: "fl-channels-page",
  title: () => "Channels",
  load: () => import("./channels-page.ts"),
  navigation: { text: "Channels", icon: "send", key: "h", shown: () => hasRole("operator", "owner", "admin") },
};
