/** The secret of a link stands behind its #: it is read here, taken out of the address bar, and sent to the gate alone. */
export interface LinkParts {
  organization: string;
  token: string;
}

const KEPT = "nightgate.link";

/** Null where the address carries no secret. It survives a reload of this tab, and nothing else. */
export function linkFromFragment(): LinkParts | null {
  const text = window.location.hash.slice(1);
  if (text !== "") {
    window.sessionStorage.setItem(KEPT + window.location.pathname, text);
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  const kept = window.sessionStorage.getItem(KEPT + window.location.pathname) ?? "";
  const at = kept.indexOf(".");
  return at < 1 ? null : { organization: kept.slice(0, at), token: kept.slice(at + 1) };
}

/** After it was used there is nothing left to keep. */
export function forgetLink(): void {
  window.sessionStorage.removeItem(KEPT + window.location.pathname);
}
