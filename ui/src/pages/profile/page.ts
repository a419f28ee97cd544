import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const profilePage: Page = {
  path: paths.profile,
  tag: "fl-profile-page",
  title: () => "Profile",
  load: () => import("./profile-page.ts"),
  palette: [{ text: "Profile", icon: "user", href: paths.profile }],
};
