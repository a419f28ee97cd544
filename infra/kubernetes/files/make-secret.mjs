// Makes the secret of an installation by the API of Kubernetes, unless it is there. It has no dependencies, because the chart
// mounts it as a file.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const NATS_USERS = ["GATEWAY", "PROJECTOR", "REACTORS", "HISTORIAN", "OPERATOR", "CLUSTER"];
const CREATED = 201;
const EXISTS = 409;

const {
  NAMESPACE = "default",
  SECRET = "fleetlog-secrets",
  API_SERVER = "https://kubernetes.default.svc",
  API_TOKEN_FILE = TOKEN_FILE,
} = process.env;

/** nats-server can't parse other passwords from its environment, or reads them as numbers. */
const natsPassword = () => `p${randomBytes(24).toString("hex")}`;

const stringData = {
  FLEETLOG_INSTALLATION_KEY: randomBytes(32).toString("base64url"),
  FLEETLOG_ADMIN_TOKEN: randomBytes(24).toString("hex"),
  ...Object.fromEntries(NATS_USERS.map((user) => [`NATS_${user}_PASSWORD`, natsPassword()])),
};

const response = await fetch(`${API_SERVER}/api/v1/namespaces/${NAMESPACE}/secrets`, {
  method: "POST",
  headers: {
    authorization: `Bearer ${readFileSync(API_TOKEN_FILE, "utf8").trim()}`,
    "content-type": "application/json",
  },
  body: JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: SECRET }, type: "Opaque", stringData }),
});
if (response.status === CREATED) console.log(`made the secret ${SECRET}: keep a copy of its FLEETLOG_INSTALLATION_KEY`);
else if (response.status === EXISTS) console.log(`the secret ${SECRET} is there already`);
else {
  console.error(`the API server answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  process.exitCode = 1;
}
