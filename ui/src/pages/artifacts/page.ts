import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const artifactsPage: Page = {
  path: paths.artifacts,
  tag: "fl-artifacts-page",
  title: () => "Artifacts",
  load: () => import("./artifacts-page.ts"),
  navigation: { text: "Artifacts", icon: "artifact", key: "i" },
};
