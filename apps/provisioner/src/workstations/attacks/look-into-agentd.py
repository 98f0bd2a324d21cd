# C9: what the memory of agentd has of the texts in argv (in base64). Run as root in a workstation by e2e/invariants/01-no-way-around.e2e.ts.
import base64, os, sys

wanted = [base64.b64decode(text) for text in sys.argv[1:]]


def is_agentd(pid):
    try:
        arguments = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
    except OSError:
        return False
    return b"node" in arguments[0] and any(b"agentd" in argument for argument in arguments[1:])


def memory(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as bytes_of:
        for line in maps:
            area, mode = line.split()[:2]
            start, end = (int(part, 16) for part in area.split("-"))
            if "r" not in mode or end - start > 1 << 31:
                continue
            try:
                bytes_of.seek(start)
                yield bytes_of.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue  # vvar, or an area that has gone meanwhile


for pid in filter(is_agentd, filter(str.isdigit, os.listdir("/proc"))):
    found, size = set(), 0
    for part in memory(pid):
        size += len(part)
        found.update(at for at, text in enumerate(wanted) if text in part)
    print(f"{size >> 20} MiB, found: {','.join(map(str, sorted(found)))}")
