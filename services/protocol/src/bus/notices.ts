/** Bus subject, with `{ person }`: the person's access has changed, and every node looks it up again. */
export const ACCESS_ENDED = "access.ended";

/** Bus subject, with `AccountUse`: what devices have sent to a gateway since its last message. */
export const ACCOUNTS_USED = "accounts.used";
export interface AccountUse {
  readonly gateway: string;
  /** Accounts without a limit are not listed. */
  readonly used: readonly (readonly [account: string, events: number, bytes: number])[];
}

/** Bus subject: an authority or a group has changed. Every node reads the authorities and checks its sessions again. */
export const AUTHORITIES_CHANGED = "authorities.changed";

/** Bus subject, with `{ id, node }`: a provisioning device has logged in, and its session on another node ends. */
export const PROVISIONING_SESSION = "provisioning.session.*";
export function provisioningSessionSubject(token: string): string {
  return `provisioning.session.${token}`;
}
