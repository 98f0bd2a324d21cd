/**
 * Every error that reaches a person or an agent, in one closed table: code, HTTP status, whether to try again, and the sentence.
 * Over HTTP it is rendered as RFC 9457 problem details; git, the command line and the pages render the same Problem in their own way.
 * A sentence says what happened, why, and what to do next. It never carries a secret.
 */

export type Retry = "never" | "later" | "after-approval";

interface ProblemSpec<Details> {
  http: number;
  retry: Retry;
  say: (details: Details) => string;
}

function spec<Details extends Record<string, unknown>>(problem: ProblemSpec<Details>): ProblemSpec<Details> {
  return problem;
}

export const PROBLEMS = {
  // general
  "input.invalid": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `The request is not valid: ${d.why}.`,
  }),
  "not-found": spec<{ what: string }>({
    http: 404,
    retry: "never",
    say: (d) => `There is no ${d.what} here.`,
  }),
  "method.refused": spec<{ method: string }>({
    http: 405,
    retry: "never",
    say: (d) => `${d.method} is not possible here.`,
  }),
  "too-large": spec<{ what: string; limit: string }>({
    http: 413,
    retry: "never",
    say: (d) => `${d.what} is larger than the limit of ${d.limit}.`,
  }),
  "too-many": spec<{ what: string; limit: number }>({
    http: 429,
    retry: "later",
    say: (d) => `There are too many ${d.what}: the limit is ${d.limit}. Wait until some are done.`,
  }),
  "sign-in.required": spec<Record<never, never>>({
    http: 401,
    retry: "never",
    say: () => "You are not signed in. Sign in with your passkey and try again.",
  }),
  internal: spec<{ trace: string }>({
    http: 500,
    retry: "later",
    say: (d) =>
      `Something went wrong on our side. Nothing was changed. The log has the details under ${d.trace}.`,
  }),
  "database.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () => "The database does not answer. Nothing was sent or changed. Try again in a minute.",
  }),
  "disk.full": spec<{ where: string }>({
    http: 507,
    retry: "later",
    say: (d) =>
      `There is no room left on ${d.where}. Nothing was sent. Ask the operator of this Nightgate to make room, then try again; what was held before stays held.`,
  }),

  // web
  "gate.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () => "The gate does not answer. Nothing was changed. Try again in a minute.",
  }),
  "sign-in.failed": spec<{ why: string }>({
    http: 400,
    retry: "later",
    say: (d) => `Signing in did not work: ${d.why}. Start again.`,
  }),
  "role.refused": spec<{ what: string }>({
    http: 403,
    retry: "never",
    say: (d) => `Your role does not allow you to ${d.what}. Ask an owner or admin of the organization.`,
  }),
  "membership.ended": spec<{ organization: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `You are no longer a member of ${d.organization}. Nothing was changed. Sign in again to see your other organizations.`,
  }),
  "member.last-owner": spec<Record<never, never>>({
    http: 409,
    retry: "never",
    say: () => "An organization keeps at least one owner. Make somebody else an owner first, then try again.",
  }),
  "member.approves": spec<{ name: string }>({
    http: 409,
    retry: "never",
    say: (d) =>
      `${d.name} is an approver of the signed policy. An approver leaves by a change of policy that an approver signs: do that at the gate, under Policy, then try again.`,
  }),
  "token.refused": spec<Record<never, never>>({
    http: 401,
    retry: "never",
    say: () =>
      "This access token is not valid here: it has expired, was taken back, or is for something else. Log in again with: nightgate login",
  }),
  "token.scope": spec<{ what: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `This program was let in to look and not to act, and ${d.what} acts. Let it in again, with more rights.`,
  }),
  "oauth.refused": spec<{ error: string; why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `The program's request is refused (${d.error}): ${d.why}.`,
  }),
  "device-code.unusable": spec<Record<never, never>>({
    http: 404,
    retry: "never",
    say: () =>
      "No program waits with this code: it was typed wrong, was used already, or is older than ten minutes. Compare it with what the program shows, or start the login anew there.",
  }),
  "device-code.guesses": spec<{ minutes: number }>({
    http: 429,
    retry: "later",
    say: (d) => `Too many wrong codes. Wait ${d.minutes} minutes, then try again.`,
  }),
  "verb.unanswered": spec<Record<never, never>>({
    http: 504,
    retry: "later",
    say: () =>
      "The runner has not answered yet. What was asked may still be done: asking again with the same id finds its answer and does nothing twice.",
  }),
  "workstation.name-taken": spec<{ name: string }>({
    http: 409,
    retry: "never",
    say: (d) => `There is a workstation named ${d.name} already. Choose another name.`,
  }),
  "schedule.invalid": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `The schedule is not usable: ${d.why}. Nothing was changed.`,
  }),
  "run.not-live": spec<{ what: string }>({
    http: 409,
    retry: "never",
    say: (d) => `The run cannot be ${d.what} any more: it has ended.`,
  }),

  // the gate's core
  "hold.decided": spec<{ hold: string; state: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.hold} is ${d.state} already: it cannot be decided any more.`,
  }),
  "hold.dispatched": spec<{ hold: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.hold} was sent once and is never sent again.`,
  }),
  "hold.not-unknown": spec<{ hold: string; state: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.hold} is ${d.state}: only a hold whose outcome is unknown can be settled by a person.`,
  }),
  "decision.not-approver": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () => "Your passkeys are not among the approvers of this organization's signed policy.",
  }),
  "decision.given": spec<{ hold: string }>({
    http: 409,
    retry: "never",
    say: (d) => `You have approved ${d.hold} already. It waits for another approver.`,
  }),
  "decision.words-missing": spec<Record<never, never>>({
    http: 422,
    retry: "never",
    say: () => "Say why you reject: your words go back to the agent.",
  }),
  "decision.ticks-differ": spec<Record<never, never>>({
    http: 422,
    retry: "never",
    say: () => "Tick everything that could not be drawn, and nothing else, before you approve.",
  }),
  "challenge.unusable": spec<Record<never, never>>({
    http: 409,
    retry: "later",
    say: () => "This request to sign was used already or has expired. Start again.",
  }),
  "passkey.refused": spec<{ why: string }>({
    http: 403,
    retry: "later",
    say: (d) => `The passkey's answer was not accepted: ${d.why}. Start again.`,
  }),
  "passkey.unknown": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () => "This gate does not know that passkey.",
  }),
  "enrolment.code-wrong": spec<{ attemptsLeft: number }>({
    http: 403,
    retry: "never",
    say: (d) =>
      d.attemptsLeft > 0
        ? `That is not the one-time code. ${d.attemptsLeft} attempts are left.`
        : "There is no valid one-time code. Print a new one on the gate's host: npm start -- --code.",
  }),
  "invitation.unusable": spec<Record<never, never>>({
    http: 404,
    retry: "never",
    say: () =>
      "This invitation cannot be used: it was used already, was taken back, has expired, or is not whole. Ask for a new one.",
  }),
  "link.unusable": spec<Record<never, never>>({
    http: 404,
    retry: "never",
    say: () =>
      "This link cannot be used: it was used already, has expired, or is not whole. Make a new one where you made this one.",
  }),
  "passkey.last": spec<Record<never, never>>({
    http: 409,
    retry: "never",
    say: () => "This is your only passkey: without it you could not sign in again. Add another one first.",
  }),
  "approver.last": spec<Record<never, never>>({
    http: 409,
    retry: "never",
    say: () =>
      "A policy keeps at least one approver, each with a passkey. Let somebody else become one first.",
  }),
  "approver.already": spec<{ name: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.name} is an approver already.`,
  }),
  "approver.role": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () =>
      "A viewer cannot become an approver. Ask an owner or admin of the organization for another role first.",
  }),
  "recovery.refused": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () =>
      "That is not a recovery code that can be used. Check every character; a code is used once, and wrong guesses use it up for an hour.",
  }),
  "recovery.other-organizations": spec<{ name: string }>({
    http: 409,
    retry: "never",
    say: (d) =>
      `${d.name} is in other organizations too, and nobody here may open those. Their printed recovery code or the gate's host can do it.`,
  }),
  "policy.unreadable": spec<{ why: string }>({
    http: 503,
    retry: "never",
    say: (d) => `The organization's policy cannot be trusted: ${d.why}. Everything is refused until it can.`,
  }),
  "policy.moved": spec<{ now: number }>({
    http: 409,
    retry: "never",
    say: (d) => `The policy is at version ${d.now} now. Make the change again from there.`,
  }),
  "clock.off": spec<{ seconds: number }>({
    http: 503,
    retry: "later",
    say: (d) => `The gate's clock is off by ${d.seconds} s. Nothing is decided until it is set.`,
  }),
  "log.unusable": spec<{ why: string }>({
    http: 503,
    retry: "never",
    say: (d) =>
      `The organization's log cannot be trusted: ${d.why}. Nothing is held or decided until it can.`,
  }),
  "approval.invalid": spec<{ hold: string; why: string }>({
    http: 403,
    retry: "never",
    say: (d) => `${d.hold} is not released: ${d.why}.`,
  }),
  "secret.unreadable": spec<{ why: string }>({
    http: 503,
    retry: "never",
    say: (d) => `A secret cannot be opened: ${d.why}. Write it again in the vault.`,
  }),
  "settings.differ": spec<{ why: string }>({
    http: 503,
    retry: "never",
    say: (d) => `The gate does not start: ${d.why}.`,
  }),

  // provisioner
  "engine.unusable": spec<{ why: string }>({
    http: 503,
    retry: "later",
    say: (d) => `The container engine cannot be used: ${d.why}`,
  }),
  "image.failed": spec<{ step: string; why: string }>({
    http: 503,
    retry: "later",
    say: (d) => `The workstation image could not be built, at "${d.step}": ${d.why}`,
  }),
  "workstation.out-of-range": spec<{ what: string; min: number; max: number }>({
    http: 422,
    retry: "never",
    say: (d) => `A workstation's ${d.what} must be between ${d.min} and ${d.max}.`,
  }),

  // the gate's pages and web push
  "host.wrong": spec<{ origin: string }>({
    http: 421,
    retry: "never",
    say: (d) => `This gate answers at ${d.origin} and nowhere else. Open it there.`,
  }),
  "origin.refused": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () => "This request did not come from the gate's own pages. Nothing was changed.",
  }),
  "content-type.refused": spec<Record<never, never>>({
    http: 415,
    retry: "never",
    say: () => "Only application/json is taken here.",
  }),
  "channel.unreachable": spec<{ channel: string; why: string }>({
    http: 502,
    retry: "later",
    say: (d) => `The channel ${d.channel} cannot be used: ${d.why}.`,
  }),
  "channel.code-wrong": spec<Record<never, never>>({
    http: 422,
    retry: "never",
    say: () => "That code is not right, or it is too old. Ask for a new one.",
  }),
  "push.endpoint-refused": spec<{ why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `Notifications cannot be sent to this browser: ${d.why}.`,
  }),
  "push.not-shown": spec<Record<never, never>>({
    http: 409,
    retry: "never",
    say: () =>
      "This device has not shown a test notification yet. Send one, wait until it rings, and sign then.",
  }),
  "rehearsal.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () => "The rehearsal does not answer. Nothing was changed. Try again in a minute.",
  }),

  // the gate's network edge
  "egress.host-invalid": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `nightgate: this host name is not usable: ${d.why}. Nothing was sent or looked up.`,
  }),
  "egress.host-unknown": spec<{ host: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `nightgate: ${d.host} is not open to this workstation. Nothing was sent and its name was not looked up. Package registries and the hosts of your policy may be read; if you need ${d.host}, ask your human to add it on the gate's policy page.`,
  }),
  "egress.method-refused": spec<{ method: string; host: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `nightgate: ${d.method} to ${d.host} is not allowed: it may be read (GET and HEAD without a body), and nothing may be sent or published there. Nothing was sent. Go on without it, or tell your human what you wanted to send.`,
  }),
  "egress.port-refused": spec<{ host: string; port: number }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `nightgate: ${d.host} port ${d.port} is not open to this workstation: only HTTP and HTTPS on ports 80 and 443 lead out. Nothing was sent.`,
  }),
  "egress.upgrade-refused": spec<{ host: string; protocol: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `nightgate: switching to ${d.protocol} with ${d.host} is not allowed: only plain HTTP reads pass. Nothing was sent.`,
  }),
  "forge.refused": spec<{ request: string; why: string }>({
    http: 403,
    retry: "never",
    say: (d) => `nightgate: ${d.request} is not possible from here: ${d.why}. Nothing was sent.`,
  }),
  "forge.held": spec<{ hold: string; after: string | null }>({
    http: 403,
    retry: "after-approval",
    say: (d) =>
      `nightgate: held as ${d.hold}, NOT sent yet. A person has to approve it; exactly this will be sent then${d.after === null ? "" : `, after the push ${d.after}`}. Go on with other work or end your turn. Do not try another way: asking the same again finds this hold, and its answer once there is one.`,
  }),
  "forge.ended": spec<{ hold: string; how: string }>({
    http: 403,
    retry: "never",
    say: (d) => `nightgate: ${d.hold} ${d.how}. Nothing is sent.`,
  }),
  "forge.unusable": spec<{ host: string; status: number; why: string }>({
    http: 502,
    retry: "never",
    say: (d) =>
      `${d.host} answered ${d.status} when the repository was looked at: ${d.why}. Nothing was sent. Look at the credential and its rights.`,
  }),
  "request.ambiguous": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `nightgate: this request can be read in more than one way: ${d.why}. Nothing was sent.`,
  }),
  "upstream.address-refused": spec<{ host: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `nightgate: ${d.host} leads to an address that is not on the public internet, so the gate does not connect to it. Nothing was sent.`,
  }),
  "upstream.unreachable": spec<{ host: string; why: string }>({
    http: 502,
    retry: "later",
    say: (d) => `nightgate: ${d.host} could not be reached: ${d.why}. Try again later.`,
  }),
  "upstream.certificate": spec<{ host: string; why: string }>({
    http: 502,
    retry: "never",
    say: (d) =>
      `nightgate: ${d.host} did not prove who it is (${d.why}), so nothing was sent to it. Your human's operator has to look at this.`,
  }),
  "model.call-refused": spec<{ method: string; path: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `nightgate: ${d.method} ${d.path} is not one of the model calls that the gate passes on. Nothing was sent.`,
  }),
  "model.key-missing": spec<Record<never, never>>({
    http: 401,
    retry: "never",
    say: () => "No model key is set: ask your human to set it on the gate\u2019s vault page.",
  }),
  "model.over-budget": spec<{ used: string; limit: string }>({
    http: 402,
    retry: "never",
    say: (d) =>
      `The budget of this task is used up (${d.used} of ${d.limit}). Nothing was sent to the model. A person is asked whether it may go on: end your turn.`,
  }),
  "model.key-unusable": spec<Record<never, never>>({
    http: 401,
    retry: "never",
    say: () =>
      "The model key that is set cannot be a key: it has blanks or characters outside ASCII. Ask your human to write it anew on the gate\u2019s vault page.",
  }),
  "socket.path-too-long": spec<{ path: string; limit: number }>({
    http: 500,
    retry: "never",
    say: (d) =>
      `The workstation's socket cannot be made: its path ${d.path} is longer than the ${d.limit} bytes that Linux allows. Choose a shorter NIGHTGATE_HOME.`,
  }),

  // git surface
  "git.upstream-unreachable": spec<{ name: string; why: string }>({
    http: 502,
    retry: "later",
    say: (d) =>
      `The gate cannot reach the upstream of ${d.name} (${d.why}). Nothing was sent. Try again later.`,
  }),
  "git.upstream-credential": spec<{ name: string }>({
    http: 502,
    retry: "never",
    say: (d) =>
      `The upstream of ${d.name} does not accept the credential that the gate has for it. A person must write a new one at the gate; no other way leads there.`,
  }),
  "git.upstream-forbidden": spec<{ name: string }>({
    http: 502,
    retry: "never",
    say: (d) =>
      `The upstream of ${d.name} says that the gate's credential may not do this. A person must change its rights upstream.`,
  }),
  "git.credential-unfit": spec<{ name: string; what: string; needs: string }>({
    http: 422,
    retry: "never",
    say: (d) =>
      `The upstream does not let this credential ${d.what} ${d.name}, so it was not saved. It needs ${d.needs}.`,
  }),
  "git.upstream-missing": spec<{ name: string }>({
    http: 502,
    retry: "never",
    say: (d) =>
      `The upstream of ${d.name} says that there is no such repository, or hides it from the gate's credential.`,
  }),
  "git.upstream-failed": spec<{ name: string; why: string }>({
    http: 502,
    retry: "later",
    say: (d) => `The upstream of ${d.name} failed: ${d.why}.`,
  }),
  "git.too-slow": spec<{ what: string }>({
    http: 504,
    retry: "later",
    say: (d) => `${d.what} took too long and was stopped.`,
  }),
  "git.too-large": spec<{ what: string; limit: string }>({
    http: 413,
    retry: "never",
    say: (d) =>
      `The push is over a limit of the gate: ${d.what}; the limit is ${d.limit}. Nothing was held. Push less at once.`,
  }),
  "git.broken": spec<{ what: string; why: string }>({
    http: 500,
    retry: "later",
    say: (d) => `On the gate, ${d.what} failed: ${d.why}. Nothing was pushed.`,
  }),
  "git.protocol": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `This is not git's protocol as the gate speaks it: ${d.why}.`,
  }),
  "git.dumb": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () => "The gate speaks git's smart HTTP protocol only. Use an ordinary git client.",
  }),
  "git.lfs": spec<Record<never, never>>({
    http: 501,
    retry: "never",
    say: () => "Of Git LFS, downloads and uploads pass the gate; its locks do not.",
  }),
  "git.lfs-missing": spec<{ count: number; path: string }>({
    http: 422,
    retry: "never",
    say: (d) =>
      `${d.count === 1 ? "A Git LFS object" : `${d.count} Git LFS objects`} that this push names, the first one by ${d.path}, ${d.count === 1 ? "is" : "are"} neither at the gate nor at the upstream. Run "git lfs push origin BRANCH", then push again.`,
  }),
  "git.lfs-mismatch": spec<{ oid: string }>({
    http: 422,
    retry: "never",
    say: (d) =>
      `These bytes are not the Git LFS object ${d.oid}: their SHA-256 or their size is another. Nothing was kept.`,
  }),
  "git.push-denied": spec<{ name: string }>({
    http: 403,
    retry: "never",
    say: (d) =>
      `The policy does not allow pushes to ${d.name}. Fetching works. Only a person can change the policy.`,
  }),
  "git.ref-refused": spec<{ ref: string; why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `${d.ref} cannot be pushed through the gate: ${d.why}.`,
  }),
  "git.ref-moved": spec<{ ref: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.ref} has moved upstream meanwhile. Fetch, then push again.`,
  }),
  "git.not-kept": spec<{ hold: string }>({
    http: 404,
    retry: "never",
    say: (d) =>
      `What ${d.hold} would have pushed is not kept any more; its decision and its receipt are in the log.`,
  }),
  "git.content-refused": spec<{ why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `This push cannot be shown to a person completely, so it is not held: ${d.why}.`,
  }),
  "git.upstream-unusable": spec<{ name: string; why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `The upstream URL of ${d.name} cannot be used: ${d.why}.`,
  }),

  // backup
  "backup.unusable": spec<{ why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `This backup cannot be restored: ${d.why}. Nothing was changed.`,
  }),

  // audit
  "audit.unreadable": spec<{ file: string; why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `${d.file} cannot be read: ${d.why}.`,
  }),
  "audit.host-only": spec<Record<never, never>>({
    http: 403,
    retry: "never",
    say: () =>
      "A log is exported on the gate's host, by its operator: npm run nightgate -- audit export FILE. Anybody can verify it, anywhere.",
  }),

  // agentd
  "agent.no-model": spec<{ agent: string }>({
    http: 422,
    retry: "never",
    say: (d) =>
      `No model is set up for ${d.agent} on this workstation. Add a model resource at the gate and bind it to this workstation, then try again.`,
  }),
  "agent.not-here": spec<{ agent: string }>({
    http: 422,
    retry: "never",
    say: (d) =>
      `This workstation cannot run ${d.agent}. Choose another agent, or update the workstation's image.`,
  }),
  "agent.start-failed": spec<{ agent: string; why: string }>({
    http: 500,
    retry: "later",
    say: (d) => `${d.agent} could not be started: ${d.why}`,
  }),
  "clone.failed": spec<{ url: string; why: string }>({
    http: 502,
    retry: "later",
    say: (d) => `${d.url} could not be cloned into the workstation: ${d.why}`,
  }),
  "prompt-file.unreadable": spec<{ file: string; why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `The prompt file ${d.file} could not be read on the workstation: ${d.why}.`,
  }),
  "run.unknown": spec<{ run: string }>({
    http: 404,
    retry: "never",
    say: (d) => `This workstation knows no run ${d.run}.`,
  }),
  "apt.refused": spec<{ name: string }>({
    http: 422,
    retry: "never",
    say: (d) => `${d.name} is not the name of a Debian package.`,
  }),
  "agentd.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () =>
      "agentd does not answer in this workstation. Wait a moment; if that does not help, a person can restart the workstation.",
  }),
  "login.required": spec<Record<never, never>>({
    http: 401,
    retry: "never",
    say: () =>
      "You are not logged in here, or what you had was taken back. Type: nightgate login --url https://YOUR-NIGHTGATE",
  }),
  "login.failed": spec<{ why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `The login did not work: ${d.why}. Nothing was kept.`,
  }),
  "web.away": spec<{ origin: string; why: string }>({
    http: 503,
    retry: "later",
    say: (d) => `Nightgate at ${d.origin} does not answer (${d.why}). Try again in a minute.`,
  }),
  "asked.refused": spec<{ why: string }>({ http: 502, retry: "never", say: (d) => d.why }),
  "apt.failed": spec<{ why: string }>({
    http: 502,
    retry: "later",
    say: (d) => `apt could not install that: ${d.why}`,
  }),

  "runner.away": spec<Record<never, never>>({
    http: 503,
    retry: "later",
    say: () =>
      "The runner does not answer at the moment. Runs and holds go on. Ask again in a minute; what was asked is done once.",
  }),
  "asked.later": spec<{ why: string }>({ http: 503, retry: "later", say: (d) => d.why }),

  // runner
  "verb.unknown": spec<{ verb: string }>({
    http: 404,
    retry: "never",
    say: (d) => `There is no verb ${d.verb}.`,
  }),
  "verb.arguments": spec<{ verb: string; why: string }>({
    http: 400,
    retry: "never",
    say: (d) => `${d.verb} does not understand its arguments: ${d.why}.`,
  }),
  "verb.not-yours": spec<{ verb: string; who: string }>({
    http: 403,
    retry: "never",
    say: (d) => `${d.verb} can be asked by ${d.who} only.`,
  }),
  "workstation.away": spec<{ workstation: string }>({
    http: 503,
    retry: "later",
    say: (d) => `The workstation ${d.workstation} is not connected. Start it, then try again.`,
  }),
  "question.closed": spec<{ question: string; how: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.question} ${d.how}. Nothing was changed by this answer.`,
  }),
  "night.invalid": spec<{ why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `The night cannot be set like that: ${d.why}.`,
  }),
  "agentd.refused": spec<{ why: string }>({ http: 502, retry: "never", say: (d) => d.why }),
  "run.live": spec<{ run: string }>({
    http: 409,
    retry: "later",
    say: (d) => `${d.run} is still going. Cancel it first, or send it more words.`,
  }),
  "chain.invalid": spec<{ faults: string }>({
    http: 422,
    retry: "never",
    say: (d) => `The chain cannot be used:\n${d.faults}`,
  }),
  "chain.over": spec<{ what: string; state: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.what} is over already: it has ${d.state}. Nothing was changed.`,
  }),
  "builtin.failed": spec<{ builtin: string; why: string }>({
    http: 422,
    retry: "never",
    say: (d) => `${d.builtin} could not be done: ${d.why}.`,
  }),
  "message.loop": spec<{ limit: number }>({
    http: 409,
    retry: "never",
    say: (d) =>
      `Agents have caused each other to send ${d.limit} messages in a row by now, so this one was not sent. Finish with what you know, or ask a person.`,
  }),
  "message.closed": spec<{ message: string; state: string }>({
    http: 409,
    retry: "never",
    say: (d) => `${d.message} is closed: it was ${d.state} before. Nothing was changed.`,
  }),
  "memory.changed": spec<{ slug: string }>({
    http: 409,
    retry: "never",
    say: (d) =>
      `${d.slug} was changed again after that, so this change alone cannot be taken back. Take the newer ones back first.`,
  }),
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export type ProblemDetails<Code extends ProblemCode> = Parameters<(typeof PROBLEMS)[Code]["say"]>[0];

/** An error that a person may read. `message` is the sentence; `code` is stable and listed in docs/errors.md. */
export class Problem<Code extends ProblemCode = ProblemCode> extends Error {
  readonly code: Code;
  readonly details: ProblemDetails<Code>;

  constructor(code: Code, details: ProblemDetails<Code>, options?: ErrorOptions) {
    super((PROBLEMS[code].say as (d: ProblemDetails<Code>) => string)(details), options);
    this.name = "Problem";
    this.code = code;
    this.details = details;
  }

  /** Typed, so that `instanceof` narrows to Problem and not to Problem<any>. */
  static override [Symbol.hasInstance](value: unknown): value is Problem {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  get http(): number {
    return PROBLEMS[this.code].http;
  }

  get retry(): Retry {
    return PROBLEMS[this.code].retry;
  }
}

/** The problem as RFC 9457 problem details, to be sent as application/problem+json. */
export function problemDetails(problem: Problem): {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
} {
  return {
    type: `urn:nightgate:problem:${problem.code}`,
    title: problem.code,
    status: problem.http,
    code: problem.code,
    detail: problem.message,
  };
}
