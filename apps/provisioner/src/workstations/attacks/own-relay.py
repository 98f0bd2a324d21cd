# C9: agentd stands still, and a relay of root's own takes its place on port argv[1]: it claims to be another workstation and another run.
# Run in a workstation by e2e/invariants/01-no-way-around.e2e.ts.
import socket, sys, threading

CLAIMS = b"\r\nNightgate-Workstation: ws_000000000000\r\nNightgate-Organization: org_000000000000\r\nX-Forwarded-For: 127.0.0.1\r\n"


def carry(source, target, claims):
    first = claims
    try:
        while data := source.recv(65536):
            if first:
                data, first = data.replace(b"\r\n", CLAIMS, 1), False
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listens", flush=True)
while True:
    near, _ = listener.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect("/run/nightgate/gate/gate.sock")
    threading.Thread(target=carry, args=(near, far, True), daemon=True).start()
    threading.Thread(target=carry, args=(far, near, False), daemon=True).start()
