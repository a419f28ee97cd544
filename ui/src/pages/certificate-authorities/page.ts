import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { hasRole } from "../../state/session.ts";

export const certificateAuthoritiesPage: Page = {
  path: paths.certificateAuthorities,
  tag: "fl-certificate-authorities-page",
  title: () => "Certificate authorities",
  load: () => import("./certificate-authorities-page.ts"),
  palette: [
    {
      text: "Certificate authorities",
      icon: "key",
      href: paths.certificateAuthorities,
      shown: () => hasRole("owner", "admin"),
    },
  ],
};
