/**
 * @module Every command that a page shows is run, in order, in a folder of that page. Marks behind the language of a block:
 * `fails` (must end in an error, and with a value must print it), `background` (a server), `skip="reason"`, `file=NAME` (written, not run), and on a `json`
 * block `shape="command"` (the command prints an object of that shape).
 */
import { describe, expect, it, type TestContext } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { diffShapes, shapeOf } from './json-shape.ts';
import { parseBlocks, type Block } from './markdown.ts';
import { PAGES, readPage } from './pages.ts';
import { createStage, NAMED_PROGRAMS, type Stage } from './stage.ts';
import { maskActual, maskExpected, parseTranscript } from './transcript.ts';

function requireNamedPrograms(context: TestContext, text: string): void {
  const isNamed = (name: string): boolean => new RegExp(String.raw`(?:^|[\s(|&;])${name}(?:\s|$)`, 'm').test(text);
  requirePrograms(context, NAMED_PROGRAMS.filter(isNamed));
}

/** 126 and 127 would mean that the shell found no program at all, null that time ran out. */
const isRefusal = (exitCode: number | null): boolean => ![0, 126, 127, null].includes(exitCode);

async function runLines(block: Block, stage: Stage): Promise<void> {
  const { exitCode, output } = await stage.runShell(block.text);
  const complaint = block.marks.get('fails');
  if (complaint === undefined) return expect(exitCode, output).toBe(0);
  expect(isRefusal(exitCode), output).toBe(true);
  expect(output).toContain(complaint);
}

async function runTranscript(block: Block, stage: Stage): Promise<void> {
  for (const { command, output } of parseTranscript(stage.localize(block.text))) {
    const result = await stage.runShell(command);
    expect(isRefusal(result.exitCode), result.output).toBe(block.marks.has('fails'));
    const expected = maskExpected(output);
    expect(maskActual(result.output, expected), command).toBe(expected);
  }
}

async function compareShape(block: Block, stage: Stage): Promise<void> {
  const { output } = await stage.runShell(block.marks.get('shape') ?? '');
  const [page, printed]: unknown[] = [JSON.parse(block.text), JSON.parse(output)];
  expect(diffShapes(shapeOf(page), shapeOf(printed)), output).toEqual([]);
}

async function perform(block: Block, stage: Stage): Promise<void> {
  const file = block.marks.get('file');
  if (file !== undefined) stage.write(file, block.text);
  else if (block.marks.has('shape')) await compareShape(block, stage);
  else if (block.language === 'console') await runTranscript(block, stage);
  else if (block.marks.has('background')) await stage.start(block.text);
  else await runLines(block, stage);
}

/** Where an earlier block of the page was skipped for want of a program, this one may lack what that would have made. */
async function performCut(block: Block, stage: Stage, context: TestContext): Promise<void> {
  try {
    await perform(block, stage);
  } catch {
    context.skip('an earlier block of its page needs a program that is not installed');
  }
}

const isPerformed = ({ language, marks }: Block): boolean =>
  language === 'sh' || language === 'console' || marks.has('file') || marks.has('shape');

const commandOf = (block: Block): string => block.marks.get('shape') ?? block.marks.get('file') ?? block.text;

for (const page of PAGES) {
  const blocks = parseBlocks(readPage(page)).filter(isPerformed);
  describe.skipIf(blocks.length === 0)(page, () => {
    const stage = createStage(
      blocks
        .filter(({ marks }) => !marks.has('skip'))
        .map(commandOf)
        .join('\n'),
    );
    let isCut = false;
    const named = blocks.map((block) => [block.line, commandOf(block).split('\n')[0] ?? '', block] as const);
    it.for(named)('line %i: %s', ([, , block], context) => {
      const reason = block.marks.get('skip');
      if (reason !== undefined) return context.skip(reason);
      try {
        requireNamedPrograms(context, commandOf(block));
        stage.require(commandOf(block), context);
      } catch (cause) {
        isCut = true;
        throw cause;
      }
      return isCut ? performCut(block, stage, context) : perform(block, stage);
    });
  });
}
