"""What cmon is compared with: the same attributes of every process through psutil, printed as JSON."""

import json
import sys

import psutil

ATTRIBUTES = ["pid", "ppid", "name", "status", "username", "cpu_times", "memory_info", "num_threads", "create_time",
              "nice", "cmdline", "terminal"]


def plain(value):
    return value._asdict() if hasattr(value, "_asdict") else value


records = []
for process in psutil.process_iter():
    try:
        records.append({key: plain(value) for key, value in process.as_dict(ATTRIBUTES).items()})
    except psutil.NoSuchProcess:
        continue
json.dump({"processes": records}, sys.stdout)
