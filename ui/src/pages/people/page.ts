import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { hasRole } from "../../state/session.ts";

export const peoplePage: Page = {
  path: paths.people,
  tag: "fl-people-page",
  title: () => "People",
  load: () => import("./people-page.ts"),
  navigation: { text: "People", icon: "user", key: "p", shown: () => hasRole("owner", "admin") },
};
