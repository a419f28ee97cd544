import { FleetError, invalid, parseDeviceId } from "@fleetlog/domain";

/**
 * What a client shows of who it is. Nothing of it is proven but the certificate, which the TLS listener has checked.
 * A protocol or a call with one name alone (HTTP's `Authorization`) shows it as the user name, without a client id.
 */
export interface ShownIdentity {
  readonly clientId?: string | undefined;
  readonly userName?: string | undefined;
  readonly password?: string | undefined;
  readonly certificate?: { readonly commonName: string } | undefined;
  /** The peer's, `host:port`. */
  readonly address: string;
  /** The dialect whose own listener the client connected to; undefined on the ports that all share. */
  readonly listener?: string | undefined;
}

/** What has to be right for the client to be let in. */
export type ShownCredential =
  | { readonly by: "token"; readonly token: string }
  /** A token that was shown beside the certificate has to be right too. */
  | { readonly by: "certificate"; readonly token?: string };

/** Which device a client says that it is; to be authenticated by its credential. */
export interface DirectoryEntry {
  /** Its id. Where the client made it up, it may be no valid one: no credential is right for it. */
  readonly device: string;
  /** The name of the dialect that it speaks. */
  readonly dialect: string;
  /** The name that it logs in with, for refusals and logs. */
  readonly login: string;
  readonly credential: ShownCredential;
}

/** Says, for all dialects, which device a client is and what it speaks. */
export interface Directory {
  /**
   * Resolves with undefined where nothing that was shown names a device: the client may still log in by a call.
   * @throws FleetError `invalid-request` naming `clientId`, `unauthenticated` if a name or the password is missing,
   * `forbidden` for another name than the certificate's
   */
  find(shown: ShownIdentity): Promise<DirectoryEntry | undefined>;
}

export function deviceDirectory(): Directory {
  return { find: async (shown) => native(shown) };
}

/**
 * The native convention: client id = user name = device id, password = token. A certificate names the device by its
 * common name; beside it, each of the others may be left out.
 */
function native(shown: ShownIdentity): DirectoryEntry | undefined {
  const { clientId, userName, password, certificate } = shown;
  if (certificate !== undefined) return certified(certificate.commonName, shown);
  if (clientId === undefined) {
    return userName === undefined || password === undefined ? undefined : entry(userName, password);
  }
  const device = parseDeviceId(clientId, "clientId");
  if (userName === undefined || password === undefined) {
    throw new FleetError("unauthenticated", "user name (the device id) and password (its token) are needed");
  }
  if (userName !== clientId) throw invalid("clientId", "client id and user name must both be the device id");
  return entry(device, password);
}

function certified(device: string, { clientId, userName, password }: ShownIdentity): DirectoryEntry {
  if (clientId !== undefined && clientId !== "" && clientId !== device) {
    throw new FleetError("forbidden", `the certificate is for ${device}, but the client id is not that`, {
      field: "clientId",
    });
  }
  if (userName !== undefined && userName !== device) {
    // A single name is no field of the request's own.
    const field = clientId === undefined ? {} : { field: "userName" };
    throw new FleetError("forbidden", `the certificate is for ${device}, but the user name is not that`, field);
  }
  const credential = { by: "certificate", ...(password !== undefined && { token: password }) } as const;
  return { device, dialect: "native", login: device, credential };
}

function entry(device: string, token: string): DirectoryEntry {
  return { device, dialect: "native", login: device, credential: { by: "token", token } };
}
