import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands.js';
import { UsageError } from './usage-error.js';

/**
 * Carries out one command, and gives the status to exit with: 0; 1 and a line when it can't be
 * done; 2 and how to use it when it was mistyped.
 *
 * Only the file of the command that was typed is loaded. What was mistyped isn't said back: it may
 * be a secret, or a number.
 */
export async function runCommand(words: readonly string[]): Promise<number> {
  let typed: Command | undefined;
  try {
    const program = await build(words[0] === 'help' ? words[1] : words[0], (command) => {
      typed = command;
    });
    await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // it was asked for help
    const wrong = error instanceof CommanderError ? nameMistake(error, typed) : error;
    if (!(wrong instanceof UsageError)) {
      (await import('../embedded/explain.js')).explain(wrong);
      return 1;
    }
    process.stderr.write(
      `dingline: ${wrong.message}; nothing was changed\n\n${typed?.helpInformation() ?? ''}`,
    );
    return 2;
  }
}

async function build(
  word: string | undefined,
  onTyped: (command: Command) => void,
): Promise<Command> {
  const program = new Command('dingline').description(
    "an operator's commands, while everything runs; they need the database's owner: .data, or DATABASE_URL",
  );
  for (const { name, summary, load } of COMMANDS)
    program.addCommand(name === word ? await load() : new Command(name).description(summary));
  const prepare = (command: Command): void => {
    command
      .exitOverride((error) => {
        onTyped(command);
        throw error;
      })
      .showSuggestionAfterError(false)
      .configureOutput({ writeErr: () => undefined })
      .hook('preAction', (_, acting) => onTyped(acting));
    command.commands.forEach(prepare);
  };
  prepare(program);
  return program;
}

/** In our words: the parser's own repeat what was typed. */
function nameMistake({ code, message }: CommanderError, typed?: Command): UsageError {
  const name = typed?.name() ?? '';
  switch (code) {
    case 'commander.help':
    case 'commander.unknownCommand': {
      const known = typed?.commands.map((command) => command.name()).join(', ');
      return new UsageError(`the word after ${name} must be ${known}`);
    }
    case 'commander.unknownOption':
      return new UsageError(`${name} takes no such option`);
    case 'commander.excessArguments':
      return new UsageError(`${name} takes no more words: put a name that has blanks into quotes`);
    case 'commander.missingArgument':
    case 'commander.optionMissingArgument':
      return new UsageError(`${name}: ${message.replace(/^error: /, '')}`); // names what is missing
    default:
      return new UsageError(`${name} can't be read`);
  }
}
