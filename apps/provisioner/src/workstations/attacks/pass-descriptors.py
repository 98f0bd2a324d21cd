# C3: hands open files and false credentials to whoever reads the two sockets, as much at once as the kernel takes, and stays connected
# until the file in argv[1] exists. Run as root in a workstation by e2e/invariants/01-no-way-around.e2e.ts.
import array, os, socket, struct, sys, time

NAME = "/tmp/nightgate-passed"
open(NAME, "w").close()
files = [os.open(NAME, os.O_RDONLY) for _ in range(250)]
asking = b"GET /nightgate/environment HTTP/1.1\r\nHost: gate.nightgate\r\n\r\n"
kept, sent = [], {"gate": 0, "runner": 0}
for who in ("gate", "runner"):
    for _ in range(4):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(f"/run/nightgate/{who}/{who}.sock")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        kept.append(connection)
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))
        credentials = (socket.SOL_SOCKET, socket.SCM_CREDENTIALS, struct.pack("3i", 1, 0, 0))
        for control in ([rights], [credentials], [rights]):
            try:
                connection.sendmsg([asking], control)
                sent[who] += 1
            except OSError:
                pass  # the kernel refuses false credentials, and the runner may have hung up
for file in files:
    os.close(file)
print(f"sent to gate {sent['gate']}, to runner {sent['runner']}", flush=True)
until = time.time() + 60
while not os.path.exists(sys.argv[1]) and time.time() < until:
    time.sleep(0.05)
