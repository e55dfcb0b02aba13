/** @module Questions on a terminal, by inquirer, on stderr so that results can be piped. Loaded only when one is asked. */
import inquirer from 'inquirer';

const prompt = inquirer.createPromptModule({ output: process.stderr });

/** A yes or no; default no. */
export async function askConfirmation(message: string): Promise<boolean> {
  const { answer } = await prompt<{ answer: boolean }>([{ type: 'confirm', name: 'answer', message, default: false }]);
  return answer;
}

/** A secret, without echo. */
export async function askSecret(message: string): Promise<string> {
  const { answer } = await prompt<{ answer: string }>([{ type: 'password', name: 'answer', message }]);
  return answer;
}
