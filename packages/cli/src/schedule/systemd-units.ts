/** @module The two unit files of a renewal timer: systemd.timer(5), systemd.service(5). Pure text. */
import type { TimerOrder } from './timer-order.ts';

/** Quoting of systemd.syntax(7); `%` begins a specifier everywhere, `$` a variable everywhere but in the program's path. */
export function quoteForSystemd(word: string, isProgram = false): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return `"${isProgram ? escaped : escaped.replaceAll('$', '$$$$')}"`;
}

/** Network and other units are not waited for: a renewal needs the disk alone. */
export function renderService({ command: [program, ...args] }: TimerOrder): string {
  const line = [quoteForSystemd(program, true), ...args.map((word) => quoteForSystemd(word))].join(' ');
  return `[Unit]
Description=Renew the certificates of Mintmark that expire soon

[Service]
Type=oneshot
ExecStart=${line}
`;
}

/** `Persistent`: a day that was slept through is made up for. */
export function renderTimer(): string {
  return `[Unit]
Description=Renew the certificates of Mintmark every day

[Timer]
OnCalendar=daily
RandomizedDelaySec=6h
Persistent=true

[Install]
WantedBy=timers.target
`;
}
