/** A thin client: starts `codemod lsp` and leaves everything else to it. */

import * as vscode from "vscode";
import { LanguageClient, type ServerOptions, TransportKind } from "vscode-languageclient/node";

import { commands, type Host } from "./commands";
import { start } from "./server";

const NAME = "codemod";
let client: LanguageClient | undefined;

function path(): string {
  return vscode.workspace.getConfiguration(NAME).get<string>("path", NAME);
}

async function launch(): Promise<void> {
  const server: ServerOptions = { ...start(path()), transport: TransportKind.stdio };
  client = new LanguageClient(NAME, NAME, server, { documentSelector: [{ scheme: "file", language: "python" }] });
  try {
    await client.start();
  } catch (error) {
    const choice = await vscode.window.showErrorMessage(
      `codemod lsp does not start: ${String(error)}. Install it with the extra "lsp", or set codemod.path.`,
      "Open settings",
    );
    if (choice) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "codemod.path");
    }
  }
}

async function stop(): Promise<void> {
  const old = client;
  client = undefined;
  if (old?.isRunning()) {
    await old.stop();
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const host: Host = {
    path,
    restart: async () => {
      await stop();
      await launch();
    },
    showOutput: () => client?.outputChannel.show(),
    inTerminal: (text) => {
      const terminal = vscode.window.createTerminal({ name: NAME, cwd: vscode.workspace.workspaceFolders?.[0]?.uri });
      terminal.show();
      terminal.sendText(text);
    },
  };
  for (const [name, run] of Object.entries(commands(host))) {
    context.subscriptions.push(vscode.commands.registerCommand(name, run));
  }
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("codemod.path")) {
        await host.restart();
      }
    }),
  );
  await launch();
}

export async function deactivate(): Promise<void> {
  await stop();
}
