"use client";
/** Tells the server in which time zone its pages are read, so that a morning is one where the reader is. */
import { useEffect } from "react";
import { ZONE_COOKIE } from "./zone-cookie.ts";

const YEAR_SECONDS = 31_536_000;

export function useKeepZone(): void {
  useEffect(() => {
    const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
    document.cookie = `${ZONE_COOKIE}=${zone}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  }, []);
}
