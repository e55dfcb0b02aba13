"""Runs a program on a pseudo-terminal and plays a person: waits for each text, then types.

Reads JSON on stdin: {"command": [...], "cwd": "...", "env": {...}, "steps": [[wait, type], ...], "timeout": seconds,
"files": {"1": null or a file, "2": null or a file}}. A stream with a file goes there instead of to the terminal.
Prints JSON: {"exitCode": n or null, "screen": everything the terminal showed}.
"""
import json
import os
import pty
import select
import signal
import sys
import time

task = json.load(sys.stdin)
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(task["cwd"])
    for stream, file in task["files"].items():
        if file is not None:
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), int(stream))
    os.execve(task["command"][0], task["command"], task["env"])

screen = b""
seen = 0
steps = [(wait.encode(), text.encode()) for wait, text in task["steps"]]
deadline = time.monotonic() + task["timeout"]
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.05)
    if ready:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        screen += chunk
    if steps and steps[0][0] in screen[seen:]:
        seen = len(screen)
        # The program may still be about to switch echo off: a person is never faster than that.
        time.sleep(0.2)
        os.write(terminal, steps.pop(0)[1])

exit_code = None
while time.monotonic() < deadline + 1:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        exit_code = os.waitstatus_to_exitcode(status)
        break
    time.sleep(0.02)
else:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
json.dump({"exitCode": exit_code, "screen": screen.decode("utf-8", "replace")}, sys.stdout)
