import { createPublicKey, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { FleetError } from "@fleetlog/domain";
import type { Bus, BusSubscription } from "@fleetlog/log";
import { checker } from "@fleetlog/protocol";
import Type from "typebox";
import type { Authority } from "./authority.ts";
import { newKeys, pemOf } from "./keys.ts";
import { isAccepted } from "./request.ts";

/** Requests of historians, which gateways answer. */
const CHAIN = "authority.chain";
const SERVER = "authority.server";
const QUEUE = "authority";

const HOST_NAME = /^(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;
const LONGEST_MS = 90 * 86_400_000;

const ServerRequest = Type.Object(
  {
    /** SubjectPublicKeyInfo, PEM. */
    publicKey: Type.String({ maxLength: 2_048 }),
    /** Host names and addresses. */
    names: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), { minItems: 1, maxItems: 100 }),
    lifetimeMs: Type.Integer({ minimum: 1, maximum: LONGEST_MS }),
  },
  { additionalProperties: false },
);
const checkRequest = checker(ServerRequest, "request");

/** Answers the processes that use {@link authorityOverBus}. Only the gateway can open the authority's key. */
export function answerServers(
  bus: Bus,
  authority: Pick<Authority, "chain" | "certifyServer">,
): readonly BusSubscription[] {
  return [
    bus.respond(CHAIN, QUEUE, () => authority.chain()),
    bus.respond(SERVER, QUEUE, (data) => {
      const checked = checkRequest(data);
      if (!checked.ok) throw new FleetError("invalid-request", checked.message, { field: checked.field });
      const { publicKey, names, lifetimeMs } = checked.value;
      const wrong = names.find((name) => isIP(name) === 0 && !HOST_NAME.test(name));
      if (wrong !== undefined) throw invalid("names", `${JSON.stringify(wrong)} is neither a host name nor an address`);
      return authority.certifyServer(keyIn(publicKey), names, lifetimeMs);
    }),
  ];
}

/**
 * The authority for processes that can't open its key: a gateway signs. The server's private key stays in this process.
 * Calls reject with `unavailable` while no gateway answers.
 */
export function authorityOverBus(bus: Pick<Bus, "request">): Pick<Authority, "chain" | "issueServer"> {
  return {
    chain: async () => (await bus.request(CHAIN, {})) as string,
    async issueServer(names, lifetimeMs) {
      const { publicKey, privateKey } = await newKeys();
      const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
      const certificate = (await bus.request(SERVER, { publicKey: pem, names, lifetimeMs })) as string;
      return [{ certificate, key: pemOf(privateKey) }];
    },
  };
}

function keyIn(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    // Node would also derive a public key from a private key, but a private key must not be sent.
    key = pem.includes("PRIVATE KEY") ? undefined : createPublicKey(pem);
  } catch {
    key = undefined;
  }
  if (key === undefined || !isAccepted(key))
    throw invalid("publicKey", "the key is neither P-256 nor RSA with 2048 to 4096 bits");
  return key;
}

function invalid(field: string, message: string): FleetError {
  return new FleetError("invalid-request", message, { field });
}
