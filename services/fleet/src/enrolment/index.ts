export { enrolCertified, isCertifiedFor, mustEnrol, type PresentedCertificate } from "./certified.ts";
export {
  type CreateEnrolmentGroup,
  changeEnrolmentGroup,
  createEnrolmentGroup,
  endEnrolmentGroup,
  reopenEnrolment,
  rotateEnrolmentSecret,
} from "./create.ts";
export { enrolDevice } from "./enrol.ts";
export { loadEnrolmentGroup } from "./load.ts";
export { lostEnrolmentAuthority, lostEnrolmentSecret } from "./lost.ts";
export { enrolledIn, type PlacesPage, type PlacesQuery } from "./places.ts";
export { enrolmentRevision } from "./revision.ts";
