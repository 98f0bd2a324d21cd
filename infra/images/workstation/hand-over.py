"""
Last step of making the base in a container of an engine with a user namespace: such a build must run outside of the
namespace to have a network, so what it wrote belongs to the machine's own users. The engine would leave those files out
of the image, silently. Each is handed to the user that it would have had inside. Does nothing on other engines.
"""
import os

offset = os.lstat("/etc/debian_version").st_uid
device = os.lstat("/").st_dev

def hand_over(path):
    status = os.lstat(path)
    if status.st_dev != device:
        return False
    uid = status.st_uid + offset if status.st_uid < offset else status.st_uid
    gid = status.st_gid + offset if status.st_gid < offset else status.st_gid
    if (uid, gid) != (status.st_uid, status.st_gid):
        os.lchown(path, uid, gid)
    return True

if offset > 0:
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if hand_over(os.path.join(folder, name))]
        for name in files:
            hand_over(os.path.join(folder, name))
