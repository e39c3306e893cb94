#!/usr/bin/python3
"""Run a command while a file system is mounted that never answers statfs.

usage: unshare --mount --propagation private hanging_mount.py DIRECTORY SECONDS COMMAND...

A FUSE file system on DIRECTORY, served here by hand: its daemon takes each request, answers the greeting and nothing
else. What waits for a request that was taken cannot be killed, which is as hard as a hang gets. Status: that of the
command, or 124 when it did not end within SECONDS; the mount is then taken away, which ends every wait. The last line
on stderr says how many statfs requests came.
"""

import ctypes
import os
import struct
import subprocess
import sys
import threading

FUSE_STATFS, FUSE_INIT = 17, 26
MNT_FORCE, MNT_DETACH = 1, 2


def check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def serve(device, asked):
    while True:
        try:
            message = os.read(device, 1 << 20)
        except OSError:
            return  # unmounted
        _, operation, unique = struct.unpack_from("<IIQ", message)
        if operation == FUSE_INIT:
            body = struct.pack("<IIIIHHIIHHI7I", 7, 31, 65536, 0, 12, 9, 65536, 1, 1, 0, 0, *[0] * 7)
            os.write(device, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
        elif operation == FUSE_STATFS:
            asked.append(unique)


def main():
    directory, seconds, command = os.fsencode(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    check(libc.mount(b"hanging", directory, b"fuse.hanging", 0, options), "mount")
    asked = []
    threading.Thread(target=serve, args=(device, asked), daemon=True).start()
    child = subprocess.Popen(command)
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        status = 124
    finally:
        check(libc.umount2(directory, MNT_FORCE | MNT_DETACH), "umount")
        if child.poll() is None:
            child.kill()
            child.wait()
    print(f"statfs requests: {len(asked)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
