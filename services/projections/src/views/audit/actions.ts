import type { BodyOf, DeliveryEvent, EventType, SignInEvent } from "@fleetlog/domain";
import type { AuditAction } from "@fleetlog/protocol";

type Authored = {
  [Type in EventType]: BodyOf<Type>["data"] extends { readonly by: string } ? Type : never;
}[EventType];
/** Events that are no acts: they follow from an act, or a device or a time-out caused them. */
type Consequence = DeliveryEvent["type"] | "PersonMailSent" | "PersonMailFailed" | "ProvisionFailed";

/** Acts and sign-ins of people. The compiler requires an entry for each event type that names its author. */
export type AuditedType = Exclude<Authored, Consequence> | SignInEvent["type"];

/**
 * The action of the call that makes an event. If several calls make such events, it is the action of the call by the
 * person concerned.
 */
const ACTION_OF: Readonly<Record<AuditedType, AuditAction>> = {
  DeviceRegistered: "device.register",
  DeviceRenamed: "device.change",
  DeviceNameRemoved: "device.change",
  DeviceTagged: "device.change",
  DeviceTyped: "device.change",
  DeviceTokenRotated: "device.rotate-token",
  DeviceLoginChanged: "device.change-login",
  DeviceLoginRemoved: "device.change-login",
  DeviceAdmitted: "waiting.admit",
  DeviceMoved: "device.move",
  DeviceRetired: "device.retire",
  DeviceCertificateIssued: "certificate.issue",
  DeviceCertificateRevoked: "certificate.revoke",
  CommandIssued: "command.issue",
  CommandCancelled: "command.cancel",
  ConfigurationSet: "configuration.set",
  DeviceTypeDefined: "device-type.change",
  DeviceTypeDeleted: "device-type.change",
  GroupDefined: "group.change",
  GroupDeleted: "group.change",
  ChannelDefined: "channel.change",
  ChannelDeleted: "channel.change",
  ChannelTested: "channel.test",
  CatalogueDefined: "catalogue.change",
  CatalogueDeleted: "catalogue.change",
  ScanStarted: "scan.start",
  ArtifactStored: "artifact.store",
  ArtifactDeleted: "artifact.delete",
  AuthorityAdded: "customer-authority.manage",
  AuthorityEnded: "customer-authority.manage",
  AuthorityListReplaced: "customer-authority.manage",
  InstallationAuthorityReplaced: "authority.change",
  InstallationAuthorityRenewed: "authority.change",
  InstallationAuthorityWithdrawn: "authority.change",
  AccountCreated: "account.manage",
  AccountRenamed: "account.manage",
  AccountLimitsChanged: "account.manage",
  PersonInvited: "person.manage",
  PersonRoleChanged: "person.manage",
  PersonTagsChanged: "person.manage",
  PersonMoved: "person.manage",
  PersonEnded: "person.manage",
  PersonErased: "person.manage",
  PersonLinkMade: "person.manage",
  PersonEmailLinkMade: "person.manage",
  PersonEmailChanged: "session.change",
  PersonPasswordChanged: "session.change",
  SignedIn: "session.begin",
  SignedOut: "session.end",
  RefreshTokenReused: "session.begin",
  SecondFactorNotGiven: "session.begin",
  DeviceLoginReserved: "device.register",
  PersonSignedUp: "session.begin",
  PersonConfirmed: "session.begin",
  PersonMailRequested: "session.begin",
  PersonNamesChanged: "session.change",
  PersonSecondFactorTurnedOn: "session.change",
  PersonSecondFactorTurnedOff: "session.change",
  PersonRecoveryCodesMade: "session.change",
  PersonRecoveryCodeUsed: "session.begin",
  PersonSignedOut: "session.change",
  PersonPasskeyAdded: "session.change",
  PersonPasskeyRenamed: "session.change",
  PersonPasskeyRemoved: "session.change",
  PersonPasskeyRefused: "session.begin",
  PersonOpenIdLinked: "session.change",
  PersonOpenIdUnlinked: "session.change",
  ApiKeyCreated: "api-key.manage",
  ApiKeyRevoked: "api-key.manage",
  ProvisionRequestCreated: "provision-request.create",
  ProvisionKeyRenewed: "provision-request.change",
  ProvisionStopping: "provision-request.change",
  ProvisionStopped: "provision-request.change",
  ImportStarted: "import.create",
  ImportCredentialsRead: "import.create",
  EnrolmentGroupCreated: "enrolment-group.create",
  EnrolmentGroupChanged: "enrolment-group.change",
  EnrolmentSecretRotated: "enrolment-group.change",
  EnrolmentReopened: "enrolment-group.change",
  EnrolmentGroupEnded: "enrolment-group.change",
  ClaimCodeMade: "claim-code.create",
  ClaimCodeRevoked: "claim-code.change",
  ClaimCodeUsed: "claim.create",
};

export function isAudited(type: EventType): type is AuditedType {
  return Object.hasOwn(ACTION_OF, type);
}

export function actionOf(type: AuditedType): AuditAction {
  return ACTION_OF[type];
}
