import { type Caller, type Fleet, issueCertificate, type RegisteredDevice } from "@fleetlog/fleet";
import { type RegisteredDevice as Answer, dialectLogins, type RegisterDeviceBody } from "@fleetlog/protocol";

/** The credential that was made for a device at its registration. Only this answer contains it. */
export async function newCredential(
  fleet: Parameters<typeof issueCertificate>[0] & Pick<Fleet, "credentials">,
  caller: Caller,
  { id, token, seq }: RegisteredDevice,
  dialect: RegisterDeviceBody["dialect"],
): Promise<Pick<Answer, "token" | "certificate">> {
  if (dialectLogins(dialect)?.hasCertificate !== true) return token === "" ? {} : { token };
  const { issued } = await issueCertificate(fleet, caller, id, { make: "RSA-2048" }, seq);
  const { issuer: _, ...certificate } = issued;
  return { certificate };
}
