import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayOnboard } from "../../state/session.ts";

export const claimPage: Page = {
  path: paths.claim,
  tag: "fl-claim-page",
  title: () => "Claim a device",
  load: () => import("./claim-page.ts"),
  palette: [{ text: "Claim a device", icon: "key", href: paths.claim, shown: mayOnboard }],
};
