/** @module The files of a timer, to the byte: what stands in them runs every day for years, as somebody who is not there. */
import { describe, expect, it } from 'vitest';
import { changeCrontab, findCronLines, renderCronLine } from './cron-line.ts';
import { renderAgent } from './launchd-agent.ts';
import { quoteForSystemd, renderService, renderTimer } from './systemd-units.ts';
import type { TimerOrder } from './timer-order.ts';
import { quoteForWindows, renderTask } from './windows-task.ts';
import { escapeXml } from './xml-text.ts';

const order: TimerOrder = {
  name: 'mintmark-renew',
  command: ['/home/me/.nvm/v 20/bin/node', '/opt/mint & co/bin.cjs', 'renew', '--all', '--home', '/home/me/100% "ü"'],
  minuteOfDay: 185,
};

describe('systemd', () => {
  it('runs the command once a day, and makes up for what was slept through', () => {
    expect(renderTimer()).toBe(
      '[Unit]\nDescription=Renew the certificates of Mintmark every day\n\n' +
        '[Timer]\nOnCalendar=daily\nRandomizedDelaySec=6h\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n',
    );
    expect(renderService(order)).toBe(
      '[Unit]\nDescription=Renew the certificates of Mintmark that expire soon\n\n[Service]\nType=oneshot\n' +
        'ExecStart="/home/me/.nvm/v 20/bin/node" "/opt/mint & co/bin.cjs" "renew" "--all" "--home" "/home/me/100%% \\"ü\\""\n',
    );
  });

  it.each([
    ['a b', '"a b"'],
    ['50%', '"50%%"'],
    ['$HOME', '"$$HOME"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["it's", `"it's"`],
    ['a;b', '"a;b"'],
  ])('quotes %j', (word, quoted) => {
    expect(quoteForSystemd(word)).toBe(quoted);
  });

  it('leaves the dollar in the path of a program, where nothing is put in its place', () => {
    expect(quoteForSystemd('/a $b/%n', true)).toBe('"/a $b/%%n"');
  });
});

describe('launchd', () => {
  it('gets the words one by one, in XML', () => {
    const text = renderAgent(order, '/Users/me/Library/Logs/mintmark-renew.log');
    expect(text).toContain('<key>Label</key>\n  <string>mintmark-renew</string>');
    expect(text).toContain(
      '<key>ProgramArguments</key>\n  <array>\n    <string>/home/me/.nvm/v 20/bin/node</string>\n' +
        '    <string>/opt/mint &amp; co/bin.cjs</string>\n    <string>renew</string>\n    <string>--all</string>\n' +
        '    <string>--home</string>\n    <string>/home/me/100% &quot;&#252;&quot;</string>\n  </array>\n',
    );
    expect(text).toContain(
      '<key>Hour</key>\n    <integer>3</integer>\n    <key>Minute</key>\n    <integer>5</integer>',
    );
    expect(text).toMatch(/^[\n -~]*$/);
  });
});

describe('Windows', () => {
  it.each([
    ['renew', 'renew'],
    ['C:\\a b\\c.cjs', '"C:\\a b\\c.cjs"'],
    ['C:\\a b\\', '"C:\\a b\\\\"'],
    ['say "x"', '"say \\"x\\""'],
    ['a\\"b', '"a\\\\\\"b"'],
    ['', '""'],
  ])('takes %j as one argument', (word, quoted) => {
    expect(quoteForWindows(word)).toBe(quoted);
  });

  it('gets a task of the user who is logged on, late where it must be', () => {
    const text = renderTask({
      ...order,
      command: ['C:\\Program Files\\nodejs\\node.exe', 'C:\\x & y\\bin.cjs', '--all'],
    });
    expect(text).toContain('<Command>C:\\Program Files\\nodejs\\node.exe</Command>');
    expect(text).toContain('<Arguments>&quot;C:\\x &amp; y\\bin.cjs&quot; --all</Arguments>');
    expect(text).toContain('<StartBoundary>2026-01-01T03:05:00</StartBoundary>');
    for (const line of [
      '<StartWhenAvailable>true</StartWhenAvailable>',
      '<LogonType>InteractiveToken</LogonType>',
      '<RunLevel>LeastPrivilege</RunLevel>',
      '<DaysInterval>1</DaysInterval>',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/^[\n -~]*$/);
  });
});

describe('XML', () => {
  it('is ASCII, and closes nothing that it did not open', () => {
    expect(escapeXml(`<a b="c">&'ü😀`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#252;&#128512;');
  });
});

describe('cron', () => {
  it('gets one line, known by its comment, with no bare per cent sign', () => {
    expect(renderCronLine(order)).toBe(
      `5 3 * * * '/home/me/.nvm/v 20/bin/node' '/opt/mint & co/bin.cjs' renew --all --home '/home/me/100\\% "ü"' --quiet # mintmark-renew\n`,
    );
  });

  const line = '5 3 * * * node # mintmark-renew\n';
  it.each([
    ['', line],
    ['MAILTO=me\n0 0 * * * x\n', `MAILTO=me\n0 0 * * * x\n${line}`],
    ['0 0 * * * x', `0 0 * * * x\n${line}`],
    [`a\n5 9 * * * old # mintmark-renew\nb\n`, `a\nb\n${line}`],
    ['5 9 * * * other # mintmark-renew-1234abcd\n', `5 9 * * * other # mintmark-renew-1234abcd\n${line}`],
  ])('changes %j and nothing else of it', (before, after) => {
    expect(changeCrontab(before, 'mintmark-renew', line)).toBe(after);
    expect(findCronLines(after, 'mintmark-renew')).toEqual([line]);
    expect(findCronLines(changeCrontab(after, 'mintmark-renew'), 'mintmark-renew')).toEqual([]);
  });
});
