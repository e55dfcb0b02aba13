/**
 * @module Fenced code blocks of a Markdown page with the marks behind their language: `sh fails`, `sh skip="a reason"`,
 * `js file=server.mjs`. Knows fences of three backticks at the start of a line, which is all our pages use.
 */

/** One block. `line` is that of its opening fence, from 1. A mark without a value is the empty text. */
export interface Block {
  readonly language: string;
  readonly marks: ReadonlyMap<string, string>;
  readonly text: string;
  readonly line: number;
}

const MARK = /([a-z]+)(?:=(?:"([^"]*)"|(\S+)))?/g;

function parseMarks(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(MARK)].map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}

/** The blocks of a page in their order. @throws Error for a fence that is never closed */
export function parseBlocks(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\S+)?\s*(.*)$/.exec(lines[i] ?? '');
    if (fence === null) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`line ${i + 1}: this block is never closed`);
    const [, language = '', marks = ''] = fence;
    blocks.push({ language, marks: parseMarks(marks), text: `${lines.slice(i + 1, end).join('\n')}\n`, line: i + 1 });
    i = end;
  }
  return blocks;
}

/** What stands outside of blocks: links and tables are looked for there. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```$/gm, '');
}
