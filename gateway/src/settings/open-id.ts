import { ROLES, type Role } from "@fleetlog/domain";
import type { RoleRule } from "@fleetlog/identity";
import { needs, optionalSecret, optionalText, type Setting, slice, together } from "@fleetlog/runtime/node";

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const oidcIssuer: Setting<string | undefined> = {
  description:
    "OpenID provider by which people sign in; it sends browsers to `/api/session/openid/callback` of FLEETLOG_PUBLIC_URL",
  accepts: "an HTTPS URL, such as `https://id.example.org/realms/fleet`",
  fallback: undefined,
  read(text) {
    const url = URL.parse(text);
    if (url === null || url.search !== "" || url.hash !== "" || url.username !== "") return undefined;
    return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname)) ? text : undefined;
  },
};

const oidcRoles: Setting<readonly RoleRule[] | undefined> = {
  description:
    "Gives people their role from the claims of each sign-in. Without this setting, the OpenID provider signs in only people who were invited",
  accepts:
    "`<claim> <value>=<role>, …`, such as `groups fleet-operators=operator`; without a claim name, the value is looked up in the claims groups and roles",
  fallback: undefined,
  read(text) {
    const rules = text.split(",").map((part) => ruleOf(part.trim()));
    return rules.every((rule) => rule !== undefined) ? rules : undefined;
  },
};

function ruleOf(text: string): RoleRule | undefined {
  const [, value = "", given = ""] = /^(.+)=([a-z]+)$/.exec(text) ?? [];
  const role = ROLES.find((each): each is Role => each === given);
  return role === undefined || value.trim() === "" ? undefined : { value: value.trim(), role };
}

export const openIdSettings = slice({
  own: {
    oidcIssuer,
    oidcClientId: optionalText(/^\S{1,512}$/, {
      description: "This installation's client id at the OpenID provider",
      accepts: "1 to 512 characters without spaces",
    }),
    oidcClientSecret: optionalSecret("Secret of FLEETLOG_OIDC_CLIENT_ID; without it the client is public"),
    oidcRoles,
  },
  checks: [together("oidcIssuer", "oidcClientId"), needs("oidcClientSecret", "oidcIssuer")],
});
