/**
 * The two hooks that git receive-pack runs. They decide nothing: over three pipes that the gate opened for this one push, they hand
 * git's questions to the gate and its answers back. No socket, no token: the pipes are the identity.
 *   3: to the gate   4: from the gate   5: words for the client (git shows them as "remote: ...")
 */

/** Before the objects leave quarantine: the gate looks at their sizes. One line each way; "ok" lets them in. */
export const PRE_RECEIVE = `#!/bin/sh
cat >/dev/null
printf 'quarantine %s\\n' "$GIT_QUARANTINE_PATH" >&3
IFS= read -r answer <&4 || exit 1
[ "$answer" = ok ] && exit 0
printf '%s\\n' "$answer" >&2
exit 1
`;

/** git's proc-receive protocol (githooks), passed through as it is. */
export const PROC_RECEIVE = `#!/bin/sh
exec 6<&0
cat <&6 >&3 &
cat <&5 >&2 &
words=$!
cat <&4
wait "$words"
`;
