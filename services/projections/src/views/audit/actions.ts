import type { Action, EventType } from "@fleetlog/domain";

/** The action of the call that makes an event. Events of other types are found by their type. */
const ACTION_OF: Readonly<Partial<Record<EventType, Action>>> = {
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
  ArtifactStored: "artifact.store",
  ArtifactDeleted: "artifact.delete",
  AuthorityAdded: "customer-authority.manage",
  AuthorityEnded: "customer-authority.manage",
  AuthorityListReplaced: "customer-authority.manage",
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
};

export function actionOf(type: EventType): string {
  return ACTION_OF[type] ?? type;
}
