/** Starts the part that this page's frame names. */
import { accountPage } from "./account-page.ts";
import { addPage } from "./add-page.ts";
import { auditPage } from "./audit-page.ts";
import { byId } from "./dom.ts";
import { enrolPage } from "./enrol-page.ts";
import { grantsPage } from "./grants-page.ts";
import { holdPage } from "./hold-page.ts";
import { holdsPage } from "./holds-page.ts";
import { joinPage } from "./join-page.ts";
import { notificationsPage } from "./notifications-page.ts";
import { offlinePage } from "./offline-page.ts";
import { newOrganizationPage, organizationPage } from "./organization-page.ts";
import { passkeysPage } from "./passkeys-page.ts";
import { refreshCount } from "./pending-count.ts";
import { peoplePage } from "./people-page.ts";
import { policyPage } from "./policy-page.ts";
import { recoverPage } from "./recover-page.ts";
import { registerServiceWorker } from "./service-worker-address.ts";
import { sessionsPage } from "./sessions-page.ts";
import { setupPage } from "./setup-page.ts";
import { signInPage } from "./sign-in-page.ts";
import { togetherPage } from "./together-page.ts";
import { vaultPage } from "./vault-page.ts";
import { withdrawSettled } from "./withdraw.ts";
import { keepTimesFresh } from "./words.ts";

const PAGES: Record<string, () => void | Promise<void>> = {
  "sign-in": signInPage,
  enrol: enrolPage,
  holds: holdsPage,
  hold: holdPage,
  policy: policyPage,
  setup: setupPage,
  vault: vaultPage,
  grants: grantsPage,
  together: togetherPage,
  audit: auditPage,
  passkeys: passkeysPage,
  notifications: notificationsPage,
  account: accountPage,
  offline: offlinePage,
  join: joinPage,
  add: addPage,
  recover: recoverPage,
  sessions: sessionsPage,
  people: peoplePage,
  organization: organizationPage,
  "new-organization": newOrganizationPage,
};

void PAGES[document.body.dataset["page"] ?? ""]?.();
keepTimesFresh();
registerServiceWorker();
if (document.body.classList.contains("inside")) {
  refreshCount();
  withdrawSettled().catch((error: unknown) => console.warn("Old notifications were not taken back.", error));
}
// A skip link that moves focus, not only the view.
document.querySelector(".skip")?.addEventListener("click", () => byId("main").focus());
