import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const updatesPage: Page = {
  path: paths.updates,
  tag: "fl-updates-page",
  title: () => "Updates",
  load: () => import("./updates-page.ts"),
  navigation: { text: "Updates", icon: "refresh", key: "d" },
};
