"use client";
/** The last resort, when not even the document could be made: no styles are promised here. */
import type { ReactNode } from "react";

export default function GlobalError({ retry }: { error: unknown; retry: () => void }): ReactNode {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>Nightgate could not draw this page</h1>
          <p>
            Nothing was changed. Reload the page; if it stays, the log of the web process has the details.
          </p>
          <button type="button" onClick={() => retry()}>
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
