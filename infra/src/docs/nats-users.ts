import { usersText } from "../nats-server/index.ts";

export const NATS_USERS_FILE = "infra/nats/users.conf";

/** Permissions are those of the launcher's server; passwords come from variables. */
export function natsUsersSource(): string {
  return `# Written by node_modules/.bin/node infra/src/docs/settings.ts from services/log/src/access/roles.ts; the other files include it.
# Each process of Fleetlog has a user of its own that may do only what it needs; \`operator\` may do everything, for tools such as
# \`nats backup account\`. A password must begin with a letter and have only letters and digits: nats-server can't parse
# others from its environment, or reads them as numbers. New ones for all:
#   for user in GATEWAY PROJECTOR REACTORS HISTORIAN OPERATOR; do echo "NATS_\${user}_PASSWORD=p$(openssl rand -hex 24)"; done

${usersText((user) => `$NATS_${user.toUpperCase()}_PASSWORD`)}`;
}
