/** @module The property list of a renewal agent: launchd.plist(5). Pure text. */
import type { TimerOrder } from './timer-order.ts';
import { escapeXml } from './xml-text.ts';

/** What was slept through is made up for at the next wake, as launchd does with calendar intervals. */
export function renderAgent({ name, command, minuteOfDay }: TimerOrder, logFile: string): string {
  const strings = command.map((word) => `    <string>${escapeXml(word)}</string>\n`).join('');
  return `<?xml version="1.0" encoding="US-ASCII"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escapeXml(name)}</string>
  <key>ProgramArguments</key>
  <array>
${strings}  </array>
  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>${Math.floor(minuteOfDay / 60)}</integer>
    <key>Minute</key>
    <integer>${minuteOfDay % 60}</integer>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
  <key>StandardErrorPath</key>
  <string>${escapeXml(logFile)}</string>
  <key>StandardOutPath</key>
  <string>${escapeXml(logFile)}</string>
</dict>
</plist>
`;
}
