// Starts `fdc lsp`, lets it check what is open, and does what its lenses say.
"use strict";

const { execFile } = require("child_process");
const { promisify } = require("util");
const { ShellExecution, Task, TaskScope, Uri, commands, tasks, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const preview = require("./preview");

const LENSES = ["fdl.check", "fdl.run", "fdl.graph"];
const fdc = () => workspace.getConfiguration("fdl").get("command");
let client;

async function start() {
  await stop();
  const command = fdc();
  try {
    await promisify(execFile)(command, ["--version"]);
  } catch {
    window.showWarningMessage(
      `FDL files are not checked: \`${command}\` cannot be run. The setting \`fdl.command\` says where \`fdc\` is.`,
    );
    return;
  }
  // without a `transport` the client talks over stdin and stdout, and adds no option of its own
  const options = { documentSelector: [{ language: "fdl" }], initializationOptions: { commands: LENSES } };
  client = new LanguageClient("fdl", "FDL", { command, args: ["lsp"] }, options);
  // a failure is shown by the client itself
  await client.start().catch(() => undefined);
}

async function stop() {
  const last = client;
  client = undefined;
  await last?.stop().catch(() => undefined);
}

// The file that a lens stands in, or the one that is being edited, as it is on disk.
async function saved(address) {
  const uri = address ? Uri.parse(address) : window.activeTextEditor?.document.uri;
  await workspace.textDocuments.find((d) => d.uri.toString() === uri?.toString())?.save();
  return uri;
}

async function inTerminal(word, address, more = []) {
  const uri = await saved(address);
  if (!uri) return;
  const folder = workspace.getWorkspaceFolder(uri);
  const execution = new ShellExecution(fdc(), [word, uri.fsPath, ...more], { cwd: folder?.uri.fsPath });
  await tasks.executeTask(new Task({ type: "fdl", word }, folder ?? TaskScope.Workspace, `fdc ${word}`, "fdl", execution));
}

exports.activate = (context) => {
  context.subscriptions.push(
    commands.registerCommand("fdl.restart", start),
    commands.registerCommand("fdl.check", (address) => inTerminal("check", address)),
    commands.registerCommand("fdl.run", (address, name) => inTerminal("run", address, name ? ["--program", name] : [])),
    commands.registerCommand("fdl.graph", async (address) => {
      const uri = await saved(address);
      if (uri) await preview.show(uri, fdc);
    }),
    ...preview.subscribe(fdc),
    workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("fdl.command") && start()),
  );
  return start();
};

exports.deactivate = stop;
