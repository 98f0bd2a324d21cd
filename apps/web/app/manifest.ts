/** What makes the app installable. */
import type { MetadataRoute } from "next";

export default function manifest(): MetadataRoute.Manifest {
  return {
    id: "/",
    name: "Nightgate",
    short_name: "Nightgate",
    description: "Queue, watch and review what your agents do.",
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: "#0e0f13",
    theme_color: "#0e0f13",
    categories: ["developer"],
    icons: [
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
      { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
    ],
    shortcuts: [{ name: "Tasks", url: "/jobs" }],
  };
}
