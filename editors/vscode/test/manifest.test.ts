import assert from "node:assert/strict";
import { homedir } from "node:os";
import { test } from "node:test";

import manifest from "../package.json";
import { commands, type Host } from "../src/commands";
import { line, start } from "../src/server";

function recording(path = "codemod"): { host: Host; said: string[] } {
  const said: string[] = [];
  const host: Host = {
    path: () => path,
    restart: async () => void said.push("restart"),
    showOutput: () => void said.push("output"),
    inTerminal: (text) => void said.push(text),
  };
  return { host, said };
}

test("every command of the manifest does something, and nothing else is registered", () => {
  const declared = manifest.contributes.commands.map((one) => one.command).sort();
  assert.deepEqual(Object.keys(commands(recording().host)).sort(), declared);
});

test("commands run what they say", async () => {
  const { host, said } = recording("/opt/my tools/codemod");
  for (const run of Object.values(commands(host))) {
    await run();
  }
  assert.deepEqual(said, ["restart", "'/opt/my tools/codemod' check", "'/opt/my tools/codemod' run", "output"]);
});

test("a path of the settings is a command, never a line for a shell", () => {
  assert.deepEqual(start("~/.splice/bin/codemod"), { command: `${homedir()}/.splice/bin/codemod`, args: ["lsp"] });
  assert.deepEqual(start("  "), { command: "codemod", args: ["lsp"] });
  assert.equal(line("x; rm -rf ~", "check"), "'x; rm -rf ~' check");
  assert.equal(line("it's", "run"), "'it'\\''s' run");
});

test("an untrusted workspace cannot choose the program", () => {
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  assert.deepEqual(restricted, ["codemod.path"]);
  assert.ok(restricted.every((name) => name in manifest.contributes.configuration.properties));
});

test("the extension starts where there is something to say", () => {
  assert.ok(manifest.activationEvents.includes("onLanguage:python"));
  assert.equal(manifest.main, "./dist/extension.js");
});
