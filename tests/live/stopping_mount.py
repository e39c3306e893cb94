#!/usr/bin/python3
"""Run a command beside a file system whose server can be stopped.

usage: unshare --mount --propagation private stopping_mount.py DIRECTORY PIDFILE COMMAND...

A FUSE file system on DIRECTORY that answers statfs, from a process of its own whose id is written to PIDFILE: after a
SIGSTOP to it whoever asks hangs. When the command has ended the server is killed and the mount is taken away. Status:
that of the command.
"""

import ctypes
import os
import signal
import struct
import subprocess
import sys

FUSE_STATFS, FUSE_INIT = 17, 26
MNT_FORCE, MNT_DETACH = 1, 2
ENOSYS = 38
BLOCK = 4096
BLOCKS, FREE, FILES, FILES_FREE = 1000, 250, 200, 150


def answer(operation):
    """(error, bytes) of a request."""
    if operation == FUSE_INIT:
        return 0, struct.pack("<IIIIHHIIHHI7I", 7, 31, 65536, 0, 12, 9, 65536, 1, 1, 0, 0, *[0] * 7)
    if operation == FUSE_STATFS:
        return 0, struct.pack("<5Q4I6I", BLOCKS, FREE, FREE, FILES, FILES_FREE, BLOCK, 255, BLOCK, 0, *[0] * 6)
    return -ENOSYS, b""


def serve(device):
    while True:
        try:
            message = os.read(device, 1 << 20)
        except OSError:
            return  # unmounted
        _, operation, unique = struct.unpack_from("<IIQ", message)
        error, body = answer(operation)
        os.write(device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


def main():
    directory, pidfile, command = os.fsencode(sys.argv[1]), sys.argv[2], sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"stopping", directory, b"fuse.stopping", 0, options) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    server = os.fork()
    if server == 0:
        serve(device)
        os._exit(0)
    os.close(device)
    with open(pidfile, "w", encoding="ascii") as file:
        file.write(f"{server}\n")
    try:
        return subprocess.call(command)
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        libc.umount2(directory, MNT_FORCE | MNT_DETACH)


if __name__ == "__main__":
    sys.exit(main())
