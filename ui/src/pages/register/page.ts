import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const registerPage: Page = {
  path: paths.register,
  tag: "fl-register-page",
  title: () => "Register a device",
  load: () => import("./register-page.ts"),
  navigation: { text: "Register", icon: "plus", key: "r" },
};
