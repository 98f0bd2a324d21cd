"use client";
/** Keeps the pages of an organization fresh: when something changed, the server draws them anew in place. */
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { type Connection, openLiveStream } from "./live-stream.ts";

export function useLiveRefresh(): Connection {
  const router = useRouter();
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
    let connectedBefore = false;
    return openLiveStream({
      url: () => "/api/live",
      cursor: "",
      onMessage: (message) => {
        if (message.event === "changed") router.refresh();
      },
      onConnection: (next) => {
        setConnection(next);
        // Whatever changed while nobody listened is seen by looking once.
        if (next === "live" && connectedBefore) router.refresh();
        connectedBefore ||= next === "live";
      },
    });
  }, [router]);
  return connection;
}
