/** When every passkey is lost: a code from paper, or from the gate's host. The new key waits, everybody is told, and an approver can stop it. */
import type { RecoveryMade } from "../wire.ts";
import { post } from "./api.ts";
import { h, icon } from "./dom.ts";
import { field } from "./forms.ts";
import { keyView } from "./key-view.ts";
import { busy, notice, show } from "./notices.ts";
import { makePasskey } from "./passkey.ts";
import { deviceName, time } from "./words.ts";

export function recoverPage(): void {
  const code = field({
    label: "Recovery code",
    name: "code",
    required: true,
    mono: true,
    max: 100,
    hint: "28 letters and digits, from paper, or from the gate's host (npm start -- --recover).",
  });
  const name = field({
    label: "Name of this device's passkey",
    name: "name",
    required: true,
    max: 100,
    value: deviceName(),
  });
  const problems = h("div", { "aria-live": "assertive" });
  const make = h("button.button.primary.wide", { type: "submit" }, icon("passkey"), "Make a new passkey");
  const form = h(
    "form.stack",
    { novalidate: true },
    code.row,
    name.row,
    h("div.door-actions", {}, make),
    problems,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (![code, name].every((each) => each.check())) return;
    void busy(make, problems, async () => {
      const options = await post<unknown>("/api/recovery/begin", { code: code.value() });
      const answer = await makePasskey(options);
      draw(await post<RecoveryMade>("/api/recovery/finish", { answer, name: name.value() }));
    });
  });
  show(
    h("p.lead", {}, "Ask an approver of your organization first: they can let you in at once, with a link."),
    form,
    h("p.door-foot", {}, "Found a passkey after all? ", h("a", { href: "/sign-in" }, "Sign in"), "."),
  );
}

function draw(made: RecoveryMade): void {
  const now = Date.parse(made.readyAt) <= Date.now() + 1000;
  show(
    notice(
      now ? "good" : "wait",
      now ? "good" : "clock",
      now
        ? h("p", {}, "The new passkey comes in within a minute. Sign in with it then.")
        : h(
            "p",
            {},
            "The new passkey waits. It is let in ",
            time(made.readyAt),
            ", unless an approver rejects it.",
          ),
    ),
    !now && h("p.lead", {}, "An approver who wants to let it in earlier sees these words:"),
    !now && h("p", {}, keyView(made.words)),
    h("p.hint", {}, "Your devices and your organization's approvers were told. The code is used up."),
    h("div.door-actions", {}, h("a.button", { href: "/sign-in" }, "To the sign-in page")),
  );
}
