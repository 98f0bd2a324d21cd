// What a process sees of the file system: the way to what it needs is opened, and nothing beside it.
import { expect, test } from "vitest";
import { viewOf } from "./confine.mjs";

const USER = { uid: 990, gid: 980 };
const ROOTS = { uid: 0, gid: 0 };
const disk: Record<string, { mode: number; uid: number; gid: number }> = {
  "/root": { ...ROOTS, mode: 0o700 },
  "/root/nightgate/.nightgate": { ...ROOTS, mode: 0o711 },
  "/srv/ng/gate": { uid: 991, gid: 981, mode: 0o700 },
  "/group": { uid: 0, gid: 980, mode: 0o710 },
  "/own": { ...USER, mode: 0o100 },
  "/not-own": { ...USER, mode: 0o077 },
};
const statOf = (path: string) => disk[path] ?? { ...ROOTS, mode: 0o755 };
const view = (ro: string[], rw: string[]) =>
  viewOf(USER, { ro, rw }, statOf as never).map(({ kind, path }) => `${kind} ${path}`);

test("where the way is open, the program is made read-only and the home stays as it is", () => {
  expect(view(["/opt/nightgate"], ["/srv/ng"])).toEqual(["ro /opt/nightgate", "rw /srv/ng"]);
});

test("below a folder that is root's alone, that folder is covered and what is needed is put back, parents first", () => {
  expect(view(["/root/nightgate", "/root/.nvm/v24"], ["/root/nightgate/.nightgate"])).toEqual([
    "cover /root",
    "ro /root/nightgate",
    "ro /root/.nvm/v24",
    "rw /root/nightgate/.nightgate",
  ]);
});

test("of another process's folder only what is asked for shows", () => {
  expect(view(["/opt/nightgate", "/srv/ng/gate/sockets"], ["/srv/ng"])).toEqual([
    "ro /opt/nightgate",
    "rw /srv/ng",
    "cover /srv/ng/gate",
    "ro /srv/ng/gate/sockets",
  ]);
});

test("who may walk is read as the kernel reads it: the owner's bit for the owner, the group's for the group", () => {
  expect(view(["/group/program"], [])).toEqual(["ro /group/program"]);
  expect(view(["/own/program"], [])).toEqual(["ro /own/program"]);
  expect(view(["/not-own/program"], [])).toEqual(["cover /not-own", "ro /not-own/program"]);
});
