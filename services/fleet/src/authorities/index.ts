export {
  type AuthorityRequest,
  addAuthority,
  endAuthority,
  listAuthorities,
  registrationCode,
  replaceAuthorityList,
} from "./authorities.ts";
export { authoritiesChanged } from "./changed.ts";
export { listIssuing, recordSuccessions, withdrawAuthority } from "./installation.ts";
export { groupMembers } from "./members.ts";
