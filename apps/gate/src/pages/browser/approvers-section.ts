/** Who approves, by the signed policy; who asks to; and the changes that an approver signs. Names alone could be anybody's: keys are shown in words. */
import type { ApproverLine, CandidateLine, PolicyPage } from "../wire.ts";
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { keyView } from "./key-view.ts";
import { busy, notice } from "./notices.ts";
import { usePasskey } from "./passkey.ts";
import { goSign, here } from "./propose.ts";
import { time, visible } from "./words.ts";

type Look = () => Promise<void>;

export function approversSection(page: PolicyPage, look: Look): HTMLElement {
  return h(
    "section",
    { "aria-labelledby": "approvers" },
    h(
      "div.section-bar",
      {},
      h("h2.section", { id: "approvers" }, "Approvers", h("span.section-count", {}, page.approvers.length)),
      page.you.mayAsk && askButton(look),
    ),
    page.candidates.map((candidate) => candidateNotice(candidate, page, look)),
    h(
      "ul.list",
      {},
      page.approvers.map((approver) => approverRow(approver, page)),
    ),
    quorumLine(page),
  );
}

function askButton(look: Look): HTMLElement {
  const problems = h("span.problem-place", { "aria-live": "assertive" });
  const ask = h(
    "button.button.small",
    {
      type: "button",
      title: "You sign with your passkey that you want to; an approver then signs that you may.",
    },
    icon("shield"),
    "Ask to become an approver",
  );
  ask.addEventListener("click", () => {
    void busy(ask, problems, async () => {
      const answer = await usePasskey(await post<unknown>("/api/candidates/begin", {}));
      await post<CandidateLine>("/api/candidates/finish", { answer });
      await look();
    });
  });
  return h("span", {}, ask, problems);
}

function candidateNotice(candidate: CandidateLine, page: PolicyPage, look: Look): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const own = candidate.person === page.you.person;
  const act = (label: string, path: string, primary: boolean): HTMLElement => {
    const button = h("button.button.small", { type: "button", class: primary ? "primary" : "" }, label);
    button.addEventListener("click", () => {
      void busy(button, problems, async () => {
        const { hold } = await post<{ hold?: string }>(path, { person: candidate.person });
        if (hold === undefined) await look();
        else goSign(hold, here());
      });
    });
    return button;
  };
  return notice(
    "wait",
    "shield",
    own
      ? h(
          "p",
          {},
          h(
            "b",
            {},
            own && page.you.approves
              ? "You asked that another passkey of yours may approve."
              : "You asked to become an approver.",
          ),
          " Tell an approver these words; they see the same ones before they sign:",
        )
      : h(
          "p",
          {},
          h("b", {}, visible(candidate.name)),
          " asks to become an approver, ",
          time(candidate.createdAt),
          ", with the passkey ",
          h("b", {}, visible(candidate.passkeyName)),
          ". Ask them for their words; they must be:",
        ),
    h("p", {}, keyView(candidate.words)),
    h(
      "div.actions",
      {},
      (!own || page.you.approves) &&
        page.you.mayPropose &&
        act(own ? "Sign for it" : "Make them an approver", "/api/candidates/propose", true),
      (own || page.you.mayPropose) &&
        act(own ? "Take it back" : "Turn down", "/api/candidates/withdraw", false),
    ),
    problems,
  );
}

function approverRow(approver: ApproverLine, page: PolicyPage): HTMLElement {
  const problems = h("div", { "aria-live": "assertive" });
  const remove = h(
    "button.button.small.plain",
    { type: "button", "aria-label": `Remove ${approver.name} from the approvers` },
    icon("trash"),
  );
  remove.addEventListener("click", () => {
    void busy(remove, problems, async () => {
      const { hold } = await post<{ hold: string }>("/api/approvers/remove", { person: approver.person });
      goSign(hold, here());
    });
  });
  return h(
    "li",
    {},
    h(
      "div.row",
      {},
      h("span.row-icon", {}, icon("user")),
      h(
        "span.row-main",
        {},
        h(
          "span.row-title",
          {},
          visible(approver.name),
          approver.person === page.you.person && h("span.badge.quiet", {}, "you"),
        ),
        approver.passkeys.map((passkey) =>
          h("span.row-meta", {}, visible(passkey.name), keyView(passkey.words)),
        ),
      ),
      page.you.mayPropose && page.approvers.length > 1 && h("span.row-actions", {}, remove),
    ),
    problems,
  );
}

function quorumLine(page: PolicyPage): HTMLElement {
  const { quorum, quorumMax, you } = page;
  const words =
    quorum === 1
      ? "One approver's signature releases a hold."
      : `${quorum} approvers must sign before a hold is released.`;
  if (quorumMax < 2 || !you.mayPropose) return h("p.hint", {}, words);
  const problems = h("span.problem-place", { "aria-live": "assertive" });
  const select = h(
    "select",
    { "aria-label": "How many approvers must sign" },
    Array.from({ length: quorumMax }, (_, at) =>
      h("option", { value: at + 1, selected: at + 1 === quorum }, at + 1),
    ),
  );
  const change = h("button.button.small", { type: "button" }, "Change");
  change.addEventListener("click", () => {
    void busy(change, problems, async () => {
      const { hold } = await post<{ hold: string }>("/api/approvers/quorum", {
        quorum: Number(select.value),
      });
      goSign(hold, here());
    });
  });
  return h("p.hint.quorum", {}, words, " ", select, " ", change, problems);
}
