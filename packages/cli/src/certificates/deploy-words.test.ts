/** @module A hook's line as words, held against what a real shell makes of it; what a shell would act on is refused. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { splitHookWords } from './deploy-words.ts';

const posix = { isWindows: false };

describe('words', () => {
  it.each([
    'systemctl reload nginx',
    '  nginx   -s\treload ',
    `a 'b c' "d e"`,
    String.raw`a\ b \"c\" d\\e`,
    `"it's" 'say "x"'`,
    String.raw`"a \"b\" \\ \$c \d"`,
    `a""b '' ""`,
    `--flag='x y'"z"`,
    'a#b a~b {x,y} [z]=! %',
    '"a\\\nb"',
    `sh -c 'echo "$RENEWED_DOMAINS" | tee x > y; exit $?'`,
    'ü "ü 🔑"',
  ])('are those of sh: %j', (line) => {
    const shell = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
    expect(splitHookWords(line, posix)).toEqual(shell.split('\0').slice(0, -1));
  });

  it.each([
    'a && b',
    'a | b',
    'a; b',
    'a > b',
    'a < b',
    'a &',
    'echo $HOME',
    'echo "$HOME"',
    'echo `id`',
    'echo "`id`"',
    'echo $(id)',
    'echo "$(id)"',
    'rm *',
    'ls a?',
    '~/x',
    'a ~/x',
    'a # b',
    'a\nb',
    'a\0b',
    `a 'b`,
    'a "b',
    'a\\',
    '',
    ' \t ',
    `''`,
  ])('are none where a shell would do more, or none are there: %j', (line) => {
    expect(() => splitHookWords(line, posix)).toThrow(expect.objectContaining({ code: 'DEPLOY_HOOK_WORDS' }));
  });

  it('keep the backslashes of Windows', () => {
    expect(splitHookWords(String.raw`"C:\Program Files\x.exe" C:\a\b`, { isWindows: true })).toEqual([
      String.raw`C:\Program Files\x.exe`,
      String.raw`C:\a\b`,
    ]);
  });
});
