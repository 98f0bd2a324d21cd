/** Line icons as SVG shapes on a grid of 24 (Lucide, ISC licence): the same drawings for pages made here and for those made in the browser. */
export interface IconShape {
  tag: "path" | "circle" | "rect" | "line" | "polyline";
  attributes: Record<string, string>;
}

export const ICONS = {
  hold: [
    { tag: "path", attributes: { d: "M18 11V6a2 2 0 0 0-2-2a2 2 0 0 0-2 2" } },
    { tag: "path", attributes: { d: "M14 10V4a2 2 0 0 0-2-2a2 2 0 0 0-2 2v2" } },
    { tag: "path", attributes: { d: "M10 10.5V6a2 2 0 0 0-2-2a2 2 0 0 0-2 2v8" } },
    {
      tag: "path",
      attributes: {
        d: "M18 8a2 2 0 1 1 4 0v6a8 8 0 0 1-8 8h-2c-2.8 0-4.5-.86-5.99-2.34l-3.6-3.6a2 2 0 0 1 2.83-2.82L7 15",
      },
    },
  ],
  passkey: [
    { tag: "path", attributes: { d: "M12 10a2 2 0 0 0-2 2c0 1.02-.1 2.51-.26 4" } },
    { tag: "path", attributes: { d: "M14 13.12c0 2.38 0 6.38-1 8.88" } },
    { tag: "path", attributes: { d: "M17.29 21.02c.12-.6.43-2.3.5-3.02" } },
    { tag: "path", attributes: { d: "M2 12a10 10 0 0 1 18-6" } },
    { tag: "path", attributes: { d: "M2 16h.01" } },
    { tag: "path", attributes: { d: "M21.8 16c.2-2 .131-5.354 0-6" } },
    { tag: "path", attributes: { d: "M5 19.5C5.5 18 6 15 6 12a6 6 0 0 1 .34-2" } },
    { tag: "path", attributes: { d: "M8.65 22c.21-.66.45-1.32.57-2" } },
    { tag: "path", attributes: { d: "M9 6.8a6 6 0 0 1 9 5.2v2" } },
  ],
  vault: [
    {
      tag: "path",
      attributes: {
        d: "M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z",
      },
    },
    { tag: "circle", attributes: { cx: "16.5", cy: "7.5", r: ".5", fill: "currentColor" } },
  ],
  lock: [
    { tag: "circle", attributes: { cx: "12", cy: "16", r: "1" } },
    { tag: "rect", attributes: { x: "3", y: "10", width: "18", height: "12", rx: "2" } },
    { tag: "path", attributes: { d: "M7 10V7a5 5 0 0 1 10 0v3" } },
  ],
  policy: [
    { tag: "path", attributes: { d: "M10 5H3" } },
    { tag: "path", attributes: { d: "M12 19H3" } },
    { tag: "path", attributes: { d: "M14 3v4" } },
    { tag: "path", attributes: { d: "M16 17v4" } },
    { tag: "path", attributes: { d: "M21 12h-9" } },
    { tag: "path", attributes: { d: "M21 19h-5" } },
    { tag: "path", attributes: { d: "M21 5h-7" } },
    { tag: "path", attributes: { d: "M8 10v4" } },
    { tag: "path", attributes: { d: "M8 12H3" } },
  ],
  audit: [
    { tag: "path", attributes: { d: "M15 12h-5" } },
    { tag: "path", attributes: { d: "M15 8h-5" } },
    { tag: "path", attributes: { d: "M19 17V5a2 2 0 0 0-2-2H4" } },
    {
      tag: "path",
      attributes: {
        d: "M8 21h12a2 2 0 0 0 2-2v-1a1 1 0 0 0-1-1H11a1 1 0 0 0-1 1v1a2 2 0 1 1-4 0V5a2 2 0 1 0-4 0v2a1 1 0 0 0 1 1h3",
      },
    },
  ],
  bell: [
    { tag: "path", attributes: { d: "M10.268 21a2 2 0 0 0 3.464 0" } },
    {
      tag: "path",
      attributes: {
        d: "M3.262 15.326A1 1 0 0 0 4 17h16a1 1 0 0 0 .74-1.673C19.41 13.956 18 12.499 18 8A6 6 0 0 0 6 8c0 4.499-1.411 5.956-2.738 7.326",
      },
    },
  ],
  user: [
    { tag: "circle", attributes: { cx: "12", cy: "8", r: "5" } },
    { tag: "path", attributes: { d: "M20 21a8 8 0 0 0-16 0" } },
  ],
  check: [{ tag: "path", attributes: { d: "M20 6 9 17l-5-5" } }],
  cross: [
    { tag: "path", attributes: { d: "M18 6 6 18" } },
    { tag: "path", attributes: { d: "m6 6 12 12" } },
  ],
  warning: [
    {
      tag: "path",
      attributes: { d: "m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3" },
    },
    { tag: "path", attributes: { d: "M12 9v4" } },
    { tag: "path", attributes: { d: "M12 17h.01" } },
  ],
  danger: [
    { tag: "path", attributes: { d: "M12 16h.01" } },
    { tag: "path", attributes: { d: "M12 8v4" } },
    {
      tag: "path",
      attributes: {
        d: "M15.312 2a2 2 0 0 1 1.414.586l4.688 4.688A2 2 0 0 1 22 8.688v6.624a2 2 0 0 1-.586 1.414l-4.688 4.688a2 2 0 0 1-1.414.586H8.688a2 2 0 0 1-1.414-.586l-4.688-4.688A2 2 0 0 1 2 15.312V8.688a2 2 0 0 1 .586-1.414l4.688-4.688A2 2 0 0 1 8.688 2z",
      },
    },
  ],
  info: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "10" } },
    { tag: "path", attributes: { d: "M12 16v-4" } },
    { tag: "path", attributes: { d: "M12 8h.01" } },
  ],
  commit: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "3" } },
    { tag: "line", attributes: { x1: "3", x2: "9", y1: "12", y2: "12" } },
    { tag: "line", attributes: { x1: "15", x2: "21", y1: "12", y2: "12" } },
  ],
  file: [
    {
      tag: "path",
      attributes: {
        d: "M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0 0 1-2 2z",
      },
    },
    { tag: "path", attributes: { d: "M9 10h6" } },
    { tag: "path", attributes: { d: "M12 13V7" } },
    { tag: "path", attributes: { d: "M9 17h6" } },
  ],
  chevron: [{ tag: "path", attributes: { d: "m9 18 6-6-6-6" } }],
  back: [
    { tag: "path", attributes: { d: "m12 19-7-7 7-7" } },
    { tag: "path", attributes: { d: "M19 12H5" } },
  ],
  forward: [
    { tag: "path", attributes: { d: "M5 12h14" } },
    { tag: "path", attributes: { d: "m12 5 7 7-7 7" } },
  ],
  copy: [
    { tag: "rect", attributes: { width: "14", height: "14", x: "8", y: "8", rx: "2", ry: "2" } },
    { tag: "path", attributes: { d: "M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2" } },
  ],
  outside: [
    { tag: "path", attributes: { d: "M15 3h6v6" } },
    { tag: "path", attributes: { d: "M10 14 21 3" } },
    { tag: "path", attributes: { d: "M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6" } },
  ],
  plus: [
    { tag: "path", attributes: { d: "M5 12h14" } },
    { tag: "path", attributes: { d: "M12 5v14" } },
  ],
  trash: [
    { tag: "path", attributes: { d: "M10 11v6" } },
    { tag: "path", attributes: { d: "M14 11v6" } },
    { tag: "path", attributes: { d: "M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6" } },
    { tag: "path", attributes: { d: "M3 6h18" } },
    { tag: "path", attributes: { d: "M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2" } },
  ],
  refresh: [
    { tag: "path", attributes: { d: "M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8" } },
    { tag: "path", attributes: { d: "M21 3v5h-5" } },
    { tag: "path", attributes: { d: "M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16" } },
    { tag: "path", attributes: { d: "M8 16H3v5" } },
  ],
  clock: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "10" } },
    { tag: "path", attributes: { d: "M12 6v6l4 2" } },
  ],
  workstation: [
    { tag: "rect", attributes: { width: "20", height: "14", x: "2", y: "3", rx: "2" } },
    { tag: "line", attributes: { x1: "8", x2: "16", y1: "21", y2: "21" } },
    { tag: "line", attributes: { x1: "12", x2: "12", y1: "17", y2: "21" } },
  ],
  model: [
    { tag: "path", attributes: { d: "M12 13h4" } },
    { tag: "path", attributes: { d: "M12 18h6a2 2 0 012 2v1" } },
    { tag: "path", attributes: { d: "M12 8h8" } },
    { tag: "path", attributes: { d: "M12 9a4.17 4.17 0 01-3 4" } },
    { tag: "path", attributes: { d: "M16 8V5a2 2 0 012-2" } },
    { tag: "path", attributes: { d: "M6 18a4 4 0 01-2-7.465" } },
    { tag: "path", attributes: { d: "M6.004 5.125a4 4 0 00-2.526 5.77" } },
    { tag: "path", attributes: { d: "M6.294 6.294A3 3 0 1112 5v13a4 4 0 11-7.967-.518" } },
    { tag: "circle", attributes: { cx: "16", cy: "13", r: "0.5", fill: "currentColor" } },
    { tag: "circle", attributes: { cx: "18", cy: "3", r: "0.5", fill: "currentColor" } },
    { tag: "circle", attributes: { cx: "20", cy: "21", r: "0.5", fill: "currentColor" } },
    { tag: "circle", attributes: { cx: "20", cy: "8", r: "0.5", fill: "currentColor" } },
  ],
  globe: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "10" } },
    { tag: "path", attributes: { d: "M12 2a14.5 14.5 0 0 0 0 20 14.5 14.5 0 0 0 0-20" } },
    { tag: "path", attributes: { d: "M2 12h20" } },
  ],
  branch: [
    { tag: "path", attributes: { d: "M15 6a9 9 0 0 0-9 9V3" } },
    { tag: "circle", attributes: { cx: "18", cy: "6", r: "3" } },
    { tag: "circle", attributes: { cx: "6", cy: "18", r: "3" } },
  ],
  good: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "10" } },
    { tag: "path", attributes: { d: "m16 9-5.5 5.5L8 12" } },
  ],
  bad: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "10" } },
    { tag: "path", attributes: { d: "m15 9-6 6" } },
    { tag: "path", attributes: { d: "m9 9 6 6" } },
  ],
  more: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "1" } },
    { tag: "circle", attributes: { cx: "19", cy: "12", r: "1" } },
    { tag: "circle", attributes: { cx: "5", cy: "12", r: "1" } },
  ],
  leave: [
    { tag: "path", attributes: { d: "m16 17 5-5-5-5" } },
    { tag: "path", attributes: { d: "M21 12H9" } },
    { tag: "path", attributes: { d: "M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4" } },
  ],
  send: [
    {
      tag: "path",
      attributes: {
        d: "M14.536 21.686a.5.5 0 0 0 .937-.024l6.5-19a.496.496 0 0 0-.635-.635l-19 6.5a.5.5 0 0 0-.024.937l7.93 3.18a2 2 0 0 1 1.112 1.11z",
      },
    },
    { tag: "path", attributes: { d: "m21.854 2.147-10.94 10.939" } },
  ],
  phone: [
    { tag: "rect", attributes: { width: "14", height: "20", x: "5", y: "2", rx: "2", ry: "2" } },
    { tag: "path", attributes: { d: "M12 18h.01" } },
  ],
  edit: [
    {
      tag: "path",
      attributes: {
        d: "M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497z",
      },
    },
    { tag: "path", attributes: { d: "m15 5 4 4" } },
  ],
  shield: [
    {
      tag: "path",
      attributes: {
        d: "M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z",
      },
    },
    { tag: "path", attributes: { d: "m9 12 2 2 4-4" } },
  ],
  help: [
    { tag: "circle", attributes: { cx: "12", cy: "12", r: "10" } },
    { tag: "path", attributes: { d: "M9 9.5a3 2.5 0 016 0c0 2-2 2-3 3.5" } },
    { tag: "path", attributes: { d: "M12 17h.01" } },
  ],
  replace: [
    { tag: "path", attributes: { d: "M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8" } },
    { tag: "path", attributes: { d: "M3 3v5h5" } },
    { tag: "path", attributes: { d: "M12 7v5l4 2" } },
  ],
} as const satisfies Record<string, readonly IconShape[]>;

export type IconName = keyof typeof ICONS;
