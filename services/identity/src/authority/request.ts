import { createPublicKey, type KeyObject } from "node:crypto";
import { FleetError } from "@fleetlog/domain";
import * as x509 from "./x509.ts";

const MAX_BYTES = 8_192;

/**
 * The public key in a device's signing request (PKCS #10, PEM). The request's subject must be exactly the common name
 * `device` or `orNamed`.
 * @throws FleetError `invalid-request` for a request that is too large, has a wrong signature or subject, or has a key
 * that is neither P-256 nor RSA with 2048 to 4096 bits
 */
export async function publicKeyIn(csr: string, device: string, orNamed = device): Promise<KeyObject> {
  if (csr.length > MAX_BYTES) throw refused(`it is longer than ${MAX_BYTES} characters`);
  let request: x509.Pkcs10CertificateRequest;
  let key: KeyObject;
  try {
    request = new x509.Pkcs10CertificateRequest(csr);
    key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" });
  } catch (error) {
    throw refused("it is not a PKCS #10 request in PEM", error);
  }
  if (!isAccepted(key)) throw refused("its key is neither P-256 nor RSA with 2048 to 4096 bits");
  if (!(await request.verify().catch(() => false))) throw refused("its signature is wrong");
  const name = request.subjectName.toJSON();
  if (!namesOnly(name, device) && !namesOnly(name, orNamed)) {
    throw refused(`its subject must be exactly the common name ${device}`);
  }
  return key;
}

/** P-256, or RSA with 2048 to 4096 bits. */
export function isAccepted({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "ec") return asymmetricKeyDetails?.namedCurve === "prime256v1";
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits >= 2_048 && bits <= 4_096;
}

function namesOnly(name: x509.JsonName, device: string): boolean {
  const [first, ...more] = name.flatMap((set) => Object.entries(set));
  if (first === undefined || more.length > 0 || first[0] !== "CN") return false;
  const [value, ...others] = first[1];
  if (value === undefined || others.length > 0) return false;
  return (typeof value === "string" ? value : Object.values(value)[0]) === device;
}

function refused(why: string, cause?: unknown): FleetError {
  return new FleetError("invalid-request", `the signing request is refused: ${why}`, {
    field: "csr",
    advice: "Make one with: openssl req -new -key <key> -subj /CN=<device id>",
    cause,
  });
}
