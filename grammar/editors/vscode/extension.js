// Starts `fdc lsp` and lets it check what is open.
"use strict";

const { execFile } = require("child_process");
const { promisify } = require("util");
const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
  await stop();
  const command = workspace.getConfiguration("fdl").get("command");
  try {
    await promisify(execFile)(command, ["--version"]);
  } catch {
    window.showWarningMessage(
      `FDL files are not checked: \`${command}\` cannot be run. The setting \`fdl.command\` says where \`fdc\` is.`,
    );
    return;
  }
  // without a `transport` the client talks over stdin and stdout, and adds no option of its own
  client = new LanguageClient("fdl", "FDL", { command, args: ["lsp"] }, { documentSelector: [{ language: "fdl" }] });
  // a failure is shown by the client itself
  await client.start().catch(() => undefined);
}

async function stop() {
  const last = client;
  client = undefined;
  await last?.stop().catch(() => undefined);
}

exports.activate = (context) => {
  context.subscriptions.push(
    commands.registerCommand("fdl.restart", start),
    workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("fdl.command") && start()),
  );
  return start();
};

exports.deactivate = stop;
