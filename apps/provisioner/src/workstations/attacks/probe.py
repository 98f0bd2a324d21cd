"""
Tries, from inside a workstation, to reach addresses and to write or open what would lead out, and prints one line for
each: "<name> possible" or "<name> refused <why>". Run by isolation.docker.test.ts, as root and as the agent.
"""
import json, os, socket, sys

asked = json.loads(sys.argv[1])

def attempt(name, act):
    try:
        act()
        print(f"{name} possible")
    except OSError as error:
        print(f"{name} refused {error.errno}")

def connect(family, kind, address):
    def act():
        with socket.socket(family, kind) as s:
            s.settimeout(3)
            s.connect(address)
            if kind == socket.SOCK_DGRAM:
                s.send(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01")
                s.recv(512)
    return act

def write(path):
    def act():
        # What is not there is not made: a new file in a tmpfs of one's own would be no way out.
        with open(path, "r+") as f:
            f.write("1")
    return act

own = f"/tmp/own-{os.getuid()}"
open(own, "w").close()
attempt("control-write-own-file", write(own))
for host, port in asked["tcp"]:
    attempt(f"tcp {host}:{port}", connect(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, (host, port)))
for host, port in asked["udp"]:
    attempt(f"udp {host}:{port}", connect(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM, (host, port)))
for path in asked["unix"]:
    attempt(f"unix {path}", connect(socket.AF_UNIX, socket.SOCK_STREAM, path))
for path in asked["write"]:
    attempt(f"write {path}", write(path))
for path in asked["create"]:
    attempt(f"create {path}", lambda: os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)))
for path in asked["open"]:
    attempt(f"open {path}", lambda: os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK)))
for path in asked["unlink"]:
    attempt(f"unlink {path}", lambda: os.unlink(path))
