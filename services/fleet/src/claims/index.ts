export { type Claimed, type ClaimRequest, claimDevice } from "./claim.ts";
export { loadClaimCode } from "./load.ts";
export {
  type CodeTarget,
  MAX_CODES,
  type MadeCode,
  type MakeClaimCodes,
  makeClaimCodes,
  makeCode,
  revokeClaimCode,
} from "./make.ts";
export { acceptClaimed, isClaimed, type ShownCode, showClaimCode } from "./show.ts";
