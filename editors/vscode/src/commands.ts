/** What the commands of the manifest do, by name. */

import { line } from "./server";

/** What a command needs of the editor. */
export interface Host {
  path(): string;
  restart(): Promise<void>;
  showOutput(): void;
  /** Shows a terminal at the root of the workspace and types a line into it. */
  inTerminal(text: string): void;
}

export function commands(host: Host): Record<string, () => unknown> {
  return {
    "codemod.restart": () => host.restart(),
    "codemod.check": () => host.inTerminal(line(host.path(), "check")),
    "codemod.run": () => host.inTerminal(line(host.path(), "run")),
    "codemod.output": () => host.showOutput(),
  };
}
