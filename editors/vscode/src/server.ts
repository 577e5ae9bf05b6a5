/** How the language server is started. Nothing here knows the editor, so that it can be tried without one. */

import { homedir } from "node:os";
import { join } from "node:path";

export interface Start {
  command: string;
  args: string[];
}

/** The command line of the server for what the setting `codemod.path` says; `~` is the user's home. */
export function start(path: string): Start {
  return { command: expanded(path), args: ["lsp"] };
}

/** A command line for a terminal: the words of a subcommand after the same executable, quoted for a shell. */
export function line(path: string, subcommand: string): string {
  const command = expanded(path);
  const plain = /^[\w@%+=:,./-]+$/.test(command);
  return `${plain ? command : `'${command.replaceAll("'", "'\\''")}'`} ${subcommand}`;
}

function expanded(path: string): string {
  const said = path.trim() || "codemod";
  return said === "~" || said.startsWith("~/") ? join(homedir(), said.slice(1)) : said;
}
