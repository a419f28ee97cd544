import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { FleetError, PERSON_ID_PATTERN, unknownPerson } from "@fleetlog/domain";
import { changePerson, endPerson, invitePerson, makePersonLink, removeSecondFactor } from "@fleetlog/fleet";
import {
  ChangePersonBody,
  EndPersonQuery,
  InvitePersonBody,
  ListPeopleQuery,
  PersonLinkAnswer,
  PersonPage,
  PersonResource,
} from "@fleetlog/protocol";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { scopeFor } from "../../access/authorize.ts";
import type { HttpContext } from "../../context.ts";
import { NoQuery } from "../../input/no-query.ts";
import { readerOptions } from "../../input/reader-options.ts";
import { callerOf } from "../caller.ts";
import { linkTo } from "../link.ts";
import type { HttpResource } from "../resource.ts";
import { PEOPLE_EXAMPLES } from "./examples.ts";

const tags = ["people"];
const RETRY_MS = 10_000;
const ById = Type.Object({ id: Type.String({ pattern: PERSON_ID_PATTERN, accepts: "a person's id" }) });

export const people: HttpResource = {
  tag: "people",
  description: "People who sign in, with a role in an account. For owners and administrators",
  schemas: {
    Person: PersonResource,
    PersonPage,
    InvitePerson: InvitePersonBody,
    ChangePerson: ChangePersonBody,
    PersonLink: PersonLinkAnswer,
  },
  examples: PEOPLE_EXAMPLES,
  prefix: "/api",
  routes: peopleRoutes,
};

function peopleRoutes(context: HttpContext): FastifyPluginAsyncTypebox {
  const { fleet, notifiedSeq, clock, mails, basePath = "/" } = context;
  const within = (request: FastifyRequest) => {
    const { accounts, tags } = scopeFor(request);
    return { ...(accounts && { accounts: [...accounts] }), ...(tags && { tags: [...tags] }) };
  };

  async function one(request: FastifyRequest, id: string, seq = 0): Promise<PersonResource> {
    const options = readerOptions(Math.max(seq, notifiedSeq()));
    const found = await fleet.views.query("people.get", { id, ...within(request) }, options);
    if (found === null) throw unknownPerson(id);
    return (await fleet.personal.openIn(found)) as PersonResource;
  }

  return async (app) => {
    app.get(
      "/people",
      {
        config: { action: "person.read" },
        schema: {
          operationId: "listPeople",
          summary: "List people",
          tags,
          querystring: ListPeopleQuery,
          response: { 200: PersonPage },
          problems: ["view-unavailable"],
        },
      },
      async (request) => {
        const options = readerOptions(notifiedSeq());
        const page = await fleet.views.query("people.list", { ...request.query, ...within(request) }, options);
        const { ids } = request.query;
        if (ids !== undefined && page.items.some(({ id }) => !ids.includes(id))) throw earlierProjector();
        return (await fleet.personal.openIn(page)) as PersonPage;
      },
    );

    app.post(
      "/people",
      {
        config: { action: "person.manage", proof: true, idempotent: true },
        schema: {
          operationId: "invitePerson",
          summary: "Invite a person: a link is mailed if a mail server is set, unless `mail` is false",
          tags,
          body: InvitePersonBody,
          response: { 201: PersonResource },
          problems: ["person-exists", "account-unknown", "conflict", "view-unavailable", "log-full"],
          hasLocation: true,
        },
      },
      async (request, reply) => {
        const { mail = true, ...invitation } = request.body;
        const { person, seq } = await invitePerson(fleet, callerOf(request), invitation, {
          mail: mails && mail,
          now: clock(),
        });
        const created = await one(request, person, seq);
        return reply.status(201).header("location", `${basePath}api/people/${person}`).send(created);
      },
    );

    app.get(
      "/people/:id",
      {
        config: { action: "person.read" },
        schema: {
          operationId: "getPerson",
          summary: "One person",
          tags,
          params: ById,
          querystring: NoQuery,
          response: { 200: PersonResource },
          problems: ["person-unknown", "view-unavailable"],
        },
      },
      (request) => one(request, request.params.id),
    );

    app.patch(
      "/people/:id",
      {
        config: { action: "person.manage", proof: true },
        schema: {
          operationId: "changePerson",
          summary: "Change a person's role, tags or account",
          tags,
          params: ById,
          body: ChangePersonBody,
          response: { 200: PersonResource },
          problems: ["person-unknown", "person-ended", "account-unknown", "conflict", "view-unavailable", "log-full"],
        },
      },
      async (request) => {
        const { id } = request.params;
        const seq = await changePerson(fleet, callerOf(request), id, request.body);
        return one(request, id, seq);
      },
    );

    app.delete(
      "/people/:id",
      {
        config: { action: "person.manage", proof: true },
        schema: {
          operationId: "endPerson",
          summary: "End all access of a person, within a second on every node",
          tags,
          params: ById,
          querystring: EndPersonQuery,
          response: { 204: Type.Null() },
          problems: ["person-unknown", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await endPerson(fleet, callerOf(request), request.params.id, request.query.erase);
        return reply.status(204).send(null);
      },
    );

    app.delete(
      "/people/:id/second-factor",
      {
        config: { action: "person.manage", proof: true },
        schema: {
          operationId: "removeSecondFactor",
          summary: "Turn a person's second factor off, for somebody who has lost it",
          tags,
          params: ById,
          response: { 204: Type.Null() },
          problems: ["person-unknown", "person-ended", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        await removeSecondFactor(fleet, callerOf(request), request.params.id);
        return reply.status(204).send(null);
      },
    );

    app.post(
      "/people/:id/link",
      {
        config: { action: "person.manage", proof: true, idempotent: true },
        schema: {
          operationId: "makePersonLink",
          summary: "Make a one-time link by which a person sets a password; earlier links end",
          tags,
          params: ById,
          response: { 201: PersonLinkAnswer },
          problems: ["person-unknown", "person-ended", "conflict", "log-full"],
        },
      },
      async (request, reply) => {
        const { email, code, expiresAt } = await makePersonLink(fleet, callerOf(request), request.params.id, clock());
        const link = linkTo(context, request, "reset", { email, code });
        return reply.status(201).send({ link, code, expiresAt });
      },
    );
  };
}

/** A projector of a release without `ids` answers with the first people of all. */
function earlierProjector(): FleetError {
  return new FleetError("view-unavailable", "the projector that answered is of an earlier release without `ids`", {
    advice: "Update the projectors.",
    retryAfterMs: RETRY_MS,
  });
}
