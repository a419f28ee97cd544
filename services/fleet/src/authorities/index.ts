export {
  type AuthorityRequest,
  addAuthority,
  endAuthority,
  listAuthorities,
  registrationCode,
  replaceAuthorityList,
} from "./authorities.ts";
export { authoritiesChanged } from "./changed.ts";
export { recordSuccessions } from "./installation.ts";
export { groupMembers } from "./members.ts";
