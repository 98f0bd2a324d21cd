/** Whose each address of the gate's pages is, and what an attacker would name in a request to it. A new address gets a line in one of these tables. */
import { newId } from "@nightgate/shared/ids";

/** Answers somebody who is not signed in, each with the reason why it may. */
export const FOR_ANYBODY: Record<string, string> = {
  "POST /api/sign-in/begin": "the way in",
  "POST /api/sign-in/finish": "the way in",
  "POST /api/sign-out": "ends the session that is asked with",
  "POST /api/enrol/begin": "the first passkey, by the host's code",
  "POST /api/enrol/finish": "the first passkey, by the host's code",
  "POST /api/join/look": "the invitation's secret is what is known",
  "POST /api/join/begin": "the invitation's secret is what is known",
  "POST /api/join/finish": "answers a challenge that the invitation opened",
  "POST /api/link/look": "the link's secret is what is known",
  "POST /api/link/begin": "the link's secret is what is known",
  "POST /api/link/finish": "answers a challenge that the link opened",
  "POST /api/recovery/begin": "the code from paper, or from the host",
  "POST /api/recovery/finish": "answers a challenge that the code opened",
  "POST /api/token": "web, with a code and its verifier; looks at no cookie",
  "GET /api/keys": "public keys",
  "POST /api/push/shown": "a service worker without a session; the token is random and moves one time",
};
/** Asked from process to process: no cookie is looked at, so there is no origin to check. */
export const BETWEEN_PROCESSES = new Set(["POST /api/token"]);

/** What the attacker names: the victim's, or what does not exist. Both must be told the same. */
export interface Named {
  organization: string;
  holds: [string, string];
  person: string;
  credential: string;
  resource: string;
  session: string;
}
export type NamingBody = (named: Named) => object;
const APPROVE = { verdict: "approve", words: "", ticked: [] };
const none: NamingBody = () => ({});
const answer: NamingBody = () => ({ answer: {} });
const person: NamingBody = (named) => ({ person: named.person });

/** Of one organization, by `?organization=` or by the hold's id: another's answers 404, as what does not exist. */
export const OF_AN_ORGANIZATION: Record<string, NamingBody> = {
  "GET /api/holds/:id": none,
  "POST /api/holds/:id/decision/begin": () => APPROVE,
  "POST /api/holds/:id/decision/finish": answer,
  "POST /api/holds/:id/settle": () => ({ outcome: "failed" }),
  "POST /api/holds/sheet/begin": ({ holds }) => ({
    decisions: holds.map((hold) => ({ hold, verdict: APPROVE })),
  }),
  "POST /api/holds/sheet/finish": ({ holds }) => ({ first: holds[0], answer: {} }),
  "GET /api/grants": none,
  "POST /api/grants/propose": ({ resource }) => ({
    resource,
    workstation: "*",
    refs: ["refs/heads/agent/*"],
    verbs: ["create"],
    count: 1,
    until: new Date(Date.now() + 3_600_000).toISOString(),
  }),
  "POST /api/grants/:id/revoke": none,
  "GET /api/me": none,
  "GET /api/passkeys": none,
  "POST /api/passkeys/add/finish": () => ({ answer: {}, name: "mine" }),
  "POST /api/passkeys/link": person,
  "POST /api/passkeys/waiting/begin": () => ({ id: newId("link") }),
  "GET /api/recovery/waiting": none,
  "POST /api/organizations/rename": () => ({ name: "Eve's now" }),
  "GET /api/people": none,
  "POST /api/candidates/begin": none,
  "POST /api/candidates/finish": answer,
  "POST /api/candidates/withdraw": person,
  "POST /api/candidates/propose": person,
  "POST /api/approvers/remove": person,
  "POST /api/approvers/quorum": () => ({ quorum: 1 }),
  "GET /api/audit/receipts": none,
  "GET /api/audit/checkpoint": none,
  "POST /api/audit/verify": none,
  "GET /api/policy": none,
  "GET /api/vault": none,
  "POST /api/policy/propose": ({ resource }) => ({ put: [], remove: [resource] }),
  "POST /api/policy/propose-rehearsal": () => ({ workstations: null }),
  "GET /api/channels": none,
  "POST /api/channels/link": ({ resource }) => ({ channel: resource, address: null }),
  "POST /api/channels/confirm": ({ resource }) => ({ channel: resource, code: "AAAAAAAAAA" }),
  "POST /api/channels/unlink": () => ({ link: "1" }),
  "POST /api/channels/order": () => ({ links: ["1"] }),
  "POST /api/channels/test": () => ({ link: "1" }),
  "POST /api/channels/briefing": () => ({ briefing: null }),
  "POST /api/vault/propose": ({ resource }) => ({ resource, slot: "git.credential", value: "stolen" }),
};

/** Of the person who asks: what it names of somebody else's is as if it did not exist, and is as it was afterwards. */
export const OF_A_PERSON: Record<string, NamingBody> = {
  "GET /api/holds": none,
  "GET /api/events": none,
  "GET /api/sessions": none,
  "POST /api/sessions/end": ({ session }) => ({ which: session }),
  "POST /api/sign-in/continue": none,
  "POST /api/organizations/found/begin": () => ({ name: "Another" }),
  "POST /api/organizations/found/finish": answer,
  "POST /api/join/accept": ({ organization }) => ({ organization, token: "x".repeat(43) }),
  "POST /api/passkeys/add/begin": none,
  "POST /api/passkeys/rename": ({ credential }) => ({ credential, name: "mine" }),
  "POST /api/passkeys/remove/begin": ({ credential }) => ({ credential }),
  "POST /api/passkeys/sign": answer,
  "POST /api/recovery/code/begin": none,
  "POST /api/recovery/code/finish": answer,
  "GET /api/push": none,
  "POST /api/push/subscribe": () => ({
    endpoint: "https://push.example/1",
    p256dh: "A".repeat(87),
    auth: "A".repeat(22),
    device: "x",
  }),
  "POST /api/push/unsubscribe": () => ({ id: "1" }),
  "POST /api/push/test": () => ({ id: "1" }),
  "POST /api/push/quiet-hours": () => ({ hours: null }),
  "POST /api/channels/attention": () => ({ escalateMinutes: 5, nightMax: 3, wakes: [] }),
  "POST /api/push/settled": ({ holds }) => ({ holds }),
  "POST /api/push/sign/begin": () => ({ id: "1", device: "x" }),
  "POST /api/push/sign/finish": answer,
};
