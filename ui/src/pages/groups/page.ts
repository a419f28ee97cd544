import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const groupsPage: Page = {
  path: paths.groups,
  tag: "fl-groups-page",
  title: () => "Groups",
  load: () => import("./groups-page.ts"),
  navigation: { text: "Groups", icon: "tag", key: "o" },
};
